// VitePress over the pages that src/stage.mjs has put together. Nothing is loaded from elsewhere: no fonts, no scripts, no search service.
import { defineConfig } from "vitepress";
import { sidebar } from "../src/navigation.mjs";
import { SITE, STAGED } from "../src/repository.mjs";

/** Braces in pages are text, never Vue's. @param {import("markdown-it").default} markdown */
function withoutTemplates(markdown) {
  const { text, code_inline: span } = markdown.renderer.rules;
  if (text === undefined || span === undefined) throw new Error("markdown-it has no rules for text and code");
  markdown.renderer.rules.text = (...given) => text(...given).replaceAll("{{", "&#123;&#123;");
  markdown.renderer.rules.code_inline = (...given) => span(...given).replace("<code", "<code v-pre");
}

export default defineConfig({
  title: "Slate SST",
  description: "Write, read and verify SlateDB's sorted string tables from TypeScript, straight on any object store.",
  lang: "en",
  srcDir: STAGED,
  outDir: `${SITE}/dist`,
  cacheDir: `${SITE}/.cache/vitepress`,
  // Works below any path and from any server of files.
  cleanUrls: false,
  lastUpdated: false,
  ignoreDeadLinks: false,
  markdown: { theme: { light: "github-light", dark: "github-dark" }, languageAlias: { fbs: "proto" }, config: withoutTemplates },
  vite: { logLevel: "warn", build: { chunkSizeWarningLimit: 4000 } },
  themeConfig: {
    nav: [
      { text: "Start", link: "/guide/start" },
      { text: "Verify", link: "/guide/verify-in-ci" },
      { text: "Format", link: "/reference/" },
      { text: "Change the format", link: "/contribute/change-the-format" },
    ],
    sidebar: sidebar(),
    outline: [2, 3],
    search: { provider: "local" },
    docFooter: { prev: "Before", next: "Next" },
    footer: { message: "Apache-2.0. Not affiliated with SlateDB." },
  },
});

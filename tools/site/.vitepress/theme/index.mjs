// VitePress's own theme with the fonts of the reader's system, and colours for diagrams.
import DefaultTheme from "vitepress/theme-without-fonts";
// oxlint-disable-next-line import/no-unassigned-import -- a style sheet exports nothing
import "./style.css";

export default DefaultTheme;

export { type CommandIo, runSlateSst } from "./run.js";

// `main.js clonerefs|initupload|entrypoint|sidecar [flags]`, or the name it is called by.
import { podUtilsMain } from './programs.ts';

await podUtilsMain(process.argv);

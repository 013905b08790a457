import { runProcess } from '@gamekeeper/cli';
import config from '../gamekeeper.config.ts';

// The command line on this folder's configuration, from wherever it is called; a live host unless it is told otherwise.
const words = process.argv.slice(2);
const isCommand = words[0] !== undefined && (!words[0].startsWith('-') || words[0] === '--help');
await runProcess({ argv: isCommand ? words : ['start', ...words], config });

import { runProcess } from '@gamekeeper/cli';
import config from '../gamekeeper.config.ts';

// The command line with this folder's configuration, from any working directory; without arguments it runs a live
// host.
const words = process.argv.slice(2);
const isCommand = words[0] !== undefined && (!words[0].startsWith('-') || words[0] === '--help');
await runProcess({ argv: isCommand ? words : ['start', ...words], config });

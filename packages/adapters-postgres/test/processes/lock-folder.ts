import { lockFolder } from '../../src/database/folder-lock.ts';

// Holds the folder that is its argument until it is killed.
await lockFolder(process.argv[2]!);
process.stdout.write('locked\n');
setInterval(() => undefined, 60_000);

import { GamekeeperError } from '@gamekeeper/core';

/** The oldest Node.js that has everything that the packages use; `engines` in their manifests says the same. */
const OLDEST = [22, 17] as const;

/** The version of Node.js is too old. */
export class NodeTooOldError extends GamekeeperError<'NODE_TOO_OLD'> {
  constructor(version: string) {
    super(
      'NODE_TOO_OLD',
      `Gamekeeper needs Node.js ${OLDEST.join('.')} or later; this is Node.js ${version}. Upgrade Node.js.`,
    );
  }
}

/** @throws {NodeTooOldError} */
export function assertNodeVersion(version: string = process.versions.node): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isNewEnough = major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
  if (!isNewEnough) throw new NodeTooOldError(version);
}

import { createHash } from 'node:crypto';
import { icon } from './icon.ts';
import { script } from './script.ts';
import { style } from './style.ts';

/** A file that pages load. */
export interface Asset {
  readonly type: string;
  readonly body: string;
}

/** All files that pages load: text in modules, so that they survive any bundler. */
export const assets: ReadonlyMap<string, Asset> = new Map([
  ['style.css', { type: 'text/css; charset=utf-8', body: style }],
  ['script.js', { type: 'text/javascript; charset=utf-8', body: script }],
  ['icon.svg', { type: 'image/svg+xml', body: icon }],
]);

/** Changes with the files, so that no browser uses those of an older version. */
export const assetVersion: string = createHash('sha256')
  .update([...assets.values()].map(({ body }) => body).join(''))
  .digest('base64url')
  .slice(0, 10);

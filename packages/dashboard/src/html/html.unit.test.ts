import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { html } from './html.ts';

describe('html', () => {
  it('escapes every value in text and in attributes', () => {
    const name = `<b title='x'>"&\``;
    expect(html`<p title="${name}">${name}</p>`.toString()).toBe(
      '<p title="&#60;b title=&#39;x&#39;&#62;&#34;&#38;&#96;">&#60;b title=&#39;x&#39;&#62;&#34;&#38;&#96;</p>',
    );
  });

  it('keeps what another template made, joins lists, and leaves out what is missing', () => {
    const items = ['a', '<'].map((each) => html`<li>${each}</li>`);
    expect(html`${items}${null}${undefined}${false}${0}`.toString()).toBe('<li>a</li><li>&#60;</li>0');
  });

  it('sends no indentation of the source, and keeps all of the data', () => {
    const text = 'two\n    lines';
    const parts = ['<p>\n      ', '\n    </p>'];
    const written = html(Object.assign(parts, { raw: parts }), text);
    expect(written.toString()).toBe(`<p>\n${text}\n</p>`);
  });

  it('takes nothing for HTML that only looks like it', () => {
    const forged = { toString: () => '<script>', text: '<script>' } as unknown as string;
    expect(html`${forged}`.toString()).toBe('&#60;script&#62;');
  });

  it('lets no text leave its place', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const written = html`<a href="${text}">${text}</a>`.toString();
        expect(written.replace(/^<a href="|<\/a>$/g, '').replace('">', '')).not.toMatch(/[<>"'`]/);
      }),
    );
  });
});

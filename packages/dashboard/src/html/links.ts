import { iso, type Instant } from '@gamekeeper/core';

/** The value of a parameter of a link; missing ones are left out. */
export type Parameter = string | number | undefined;

/** Returns the address of a page: a path below the base path, with its parameters. */
export type Links = (page: string, parameters?: Readonly<Record<string, Parameter>>) => string;

/** @param basePath such as `/gamekeeper`, or empty */
export function linksBelow(basePath: string): Links {
  return (page, parameters = {}) => {
    const given = new URLSearchParams();
    for (const [name, value] of Object.entries(parameters))
      if (value !== undefined) given.append(name, String(value));
    const query = given.toString();
    return `${basePath}/${page}${query === '' ? '' : `?${query}`}`;
  };
}

/** Returns an instant as a parameter. */
export function instantParameter(at: Instant): string {
  return iso(at).replace('.000Z', 'Z');
}

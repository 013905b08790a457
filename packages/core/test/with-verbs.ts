/** Returns a port with some of its methods replaced. */
export function withVerbs<Port extends object>(port: Port, verbs: Partial<Port>): Port {
  return new Proxy(port, {
    get: (target, name) => {
      const member: unknown = Reflect.get(verbs, name) ?? Reflect.get(target, name);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}

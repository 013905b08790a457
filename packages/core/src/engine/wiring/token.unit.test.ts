import { describe, expect, expectTypeOf, it } from 'vitest';
import { provide, provideFallback, token, type Resolved, type Token } from './token.ts';

interface Engine {
  start(): string;
}
interface Wheels {
  readonly count: number;
}
interface Car {
  drive(): string;
}

const engine = token<Engine>('Engine');
const wheels = token<Wheels>('Wheels');
const car = token<Car>('Car');
const build = (motor: Engine, { count }: Wheels): Car => ({
  drive: () => `${motor.start()} on ${count} wheels`,
});

describe('provide', () => {
  it('binds a token to a factory, as data', () => {
    expect(provide(car, [engine, wheels], build)).toEqual({
      token: car,
      dependencies: [engine, wheels],
      create: build,
    });
  });

  it('hands the factory what its tokens stand for, in their order', () => {
    const { create } = provide(car, [engine, wheels], build);
    const made = create(...([{ start: () => 'brrm' }, { count: 4 }] as never[])) as Car;
    expect(made.drive()).toBe('brrm on 4 wheels');
  });

  it('gives the factory the types of its tokens', () => {
    provide(car, [engine, wheels], (first, second) => {
      expectTypeOf(first).toEqualTypeOf<Engine>();
      expectTypeOf(second).toEqualTypeOf<Wheels>();
      return build(first, second);
    });
    expectTypeOf<Resolved<[typeof wheels, typeof engine]>>().toEqualTypeOf<readonly [Wheels, Engine]>();
  });

  it('does not compile with dependencies that are swapped, missing or of another type', () => {
    // @ts-expect-error the two tokens stand in the wrong order
    provide(car, [wheels, engine], build);
    // @ts-expect-error the factory wants wheels as well
    provide(car, [engine], build);
    // @ts-expect-error nothing tells the factory which engine
    provide(car, [], build);
    // @ts-expect-error a car is no engine
    provide(car, [car, wheels], build);
  });

  it('does not compile with a factory that makes something else', () => {
    // @ts-expect-error wheels alone do not drive
    provide(car, [], () => ({ count: 4 }));
    // @ts-expect-error a promise of a car is no car
    provide(car, [engine, wheels], async (...parts) => build(...parts));
    // @ts-expect-error a car was asked for where an engine is named
    provide(engine, [engine, wheels], build);
  });

  it('takes a factory that needs less, and one that makes more', () => {
    const electric = provide(car, [engine], () => ({ drive: () => 'silence', range: 400 }));
    expect(electric.dependencies).toEqual([engine]);
  });
});

describe('provideFallback', () => {
  it('binds like provide, and gives way', () => {
    expect(provideFallback(car, [engine, wheels], build)).toEqual({
      ...provide(car, [engine, wheels], build),
      fallback: true,
    });
  });

  it('does not compile with swapped dependencies either', () => {
    // @ts-expect-error the two tokens stand in the wrong order
    provideFallback(car, [wheels, engine], build);
  });
});

describe('token', () => {
  it('of the same name is the same, also from another copy of the package', () => {
    expect(token('Engine').symbol).toBe(engine.symbol);
    expect(engine.symbol).toBe(Symbol.for('@gamekeeper/Engine'));
    expect(token('Wheels').symbol).not.toBe(engine.symbol);
  });

  it('of a more special thing serves where the general one is wanted, not the other way round', () => {
    const sportsCar = token<Car & { readonly horsepower: number }>('SportsCar');
    expectTypeOf(sportsCar).toExtend<Token<Car>>();
    expectTypeOf(car).not.toExtend<typeof sportsCar>();
    expectTypeOf(engine).not.toExtend<typeof wheels>();
  });
});

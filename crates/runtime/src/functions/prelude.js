// What a function sees beside the language: a console. `write` is the sandbox's own.
(write) => {
  const { stringify } = JSON;
  const { String } = globalThis;
  const { map, join } = Array.prototype;
  const call = Function.prototype.call;
  const shown = (value) => {
    if (typeof value === "string") return value;
    if (value instanceof Error) return String(value);
    try {
      return stringify(value) ?? String(value);
    } catch {
      return String(value);
    }
  };
  const say = (...values) => write(call.call(join, call.call(map, values, shown), " "));
  globalThis.console = { log: say, info: say, warn: say, error: say, debug: say };
};

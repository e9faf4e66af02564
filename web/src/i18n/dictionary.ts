import { language } from "./language.svelte";

type Values = Record<string, string | number>;

/**
 * Says what a screen says, in the language of the moment. `{name}` in a sentence is replaced by the value of that name;
 * `{count|passage|passages}` gives one of two forms after the number.
 */
export function dictionary<Key extends string>(words: { en: Record<Key, string>; zh: Record<Key, string> }) {
  return (key: Key, values: Values = {}): string => fill(words[language.current][key], values);
}

export function fill(sentence: string, values: Values): string {
  return sentence.replace(/\{(\w+)(?:\|([^|}]*)\|([^|}]*))?\}/g, (whole, name: string, one?: string, many?: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    if (one === undefined) return String(value);
    return `${value} ${Number(value) === 1 ? one : many}`;
  });
}

import { TemplateError } from "./budget.ts";
import { wordList } from "../../records/word_list.ts";

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS = wordList(`
  January February March April May June July August September October November December
`);

/**
 * A local time as Python's `strftime` writes it in the C locale.
 *
 * @throws {TemplateError} naming a directive that is not known
 */
export function strftime(time: Date, format: string): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const hour = time.getHours() % 12 || 12;
  const parts: Readonly<Record<string, () => string>> = {
    a: () => DAYS[time.getDay()].slice(0, 3),
    A: () => DAYS[time.getDay()],
    b: () => MONTHS[time.getMonth()].slice(0, 3),
    B: () => MONTHS[time.getMonth()],
    d: () => two(time.getDate()),
    e: () => String(time.getDate()).padStart(2),
    F: () => `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`,
    H: () => two(time.getHours()),
    I: () => two(hour),
    j: () => {
      const start = Date.UTC(time.getFullYear(), 0, 1);
      const day = Date.UTC(time.getFullYear(), time.getMonth(), time.getDate());
      return String(1 + (day - start) / 86_400_000).padStart(3, "0");
    },
    m: () => two(time.getMonth() + 1),
    M: () => two(time.getMinutes()),
    p: () => (time.getHours() < 12 ? "AM" : "PM"),
    S: () => two(time.getSeconds()),
    T: () => `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`,
    w: () => String(time.getDay()),
    y: () => two(time.getFullYear() % 100),
    Y: () => String(time.getFullYear()),
    "%": () => "%",
  };
  return format.replace(/%(-?)([^])/g, (whole, dash, letter) => {
    if (!Object.hasOwn(parts, letter)) {
      throw new TemplateError(`strftime_now does not know ${whole}`);
    }
    const text = parts[letter]();
    return dash === "" ? text : text.replace(/^0+(?=\d)/, "");
  });
}

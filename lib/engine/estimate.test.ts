import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { expect, test } from "vitest";
import { estimateText } from "./estimate";

const SAMPLES: Record<string, string> = {
  english: "The quick brown fox jumps over a lazy dog, while the agent remembers what was said about it yesterday. ",
  german:
    "Der Hund der Nachbarin frisst am liebsten Äpfel, die im Garten unter dem großen Baum liegen geblieben sind. ",
  russian: "Агент помнит, что пользователь рассказал ему вчера о своей собаке и о поездке к морю. ",
  greek: "Ο πράκτορας θυμάται όσα του είπε ο χρήστης χθες για τον σκύλο του. ",
  arabic: "يتذكر الوكيل ما قاله المستخدم أمس عن كلبه وعن رحلته إلى البحر. ",
  chinese: "代理记得用户昨天告诉它的关于他的狗和海边旅行的事情。",
  japanese: "エージェントは、ユーザーが昨日話した犬のことや海への旅行のことを覚えています。",
  korean: "에이전트는 사용자가 어제 말한 개와 바다 여행에 대해 기억합니다. ",
  code: "export function sum(values: number[]): number {\n  return values.reduce((total, value) => total + value, 0);\n}\n",
  json: '{"name":"core_memory_append","parameters":{"type":"object","properties":{"label":{"type":"string"}}}}',
};

test.each(Object.entries(SAMPLES))(
  "an estimate of %s is no less than 0.7 and no more than 2 of its tokens",
  (_, text) => {
    const whole = text.repeat(20);
    const ratio = estimateText(whole) / countTokens(whole);
    expect(ratio).toBeGreaterThan(0.7);
    expect(ratio).toBeLessThan(2);
  },
);

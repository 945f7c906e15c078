/** Somebody who does not exist. */
export interface Person {
  readonly id: number;
  readonly login: string;
  readonly name: string;
}

const person = (id: number, login: string, name: string): Person => ({ id, login, name });

export const people = {
  checkout: [
    person(101, 'amaia-etx', 'Amaia Etxeberri'),
    person(102, 'jonas-l', 'Jonas Lindekvist'),
    person(103, 'zeynep', 'Zeynep Aydınlık'),
    person(104, 'noor', 'نور المرسى'),
  ],
  search: [
    person(201, 'xiaoyu', '林小雨'),
    person(202, 'priya-r', 'Priya Raghunathani'),
    person(203, 'lukasz', 'Łukasz Wróblik'),
    person(204, 'oksana', 'Оксана Вербенко'),
  ],
  platform: [
    person(301, 'thandi', 'Thandi Mokoenga'),
    person(302, 'beatriz-s', 'Beatriz Salgueirinha'),
    person(303, 'haruto', '小川はると'),
    person(304, 'siobhan', 'Siobhán Ní Dhonnchú'),
  ],
} as const;

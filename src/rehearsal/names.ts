/** Common characters from which names of people who do not exist are made. It holds no list of real people. */
import type { SeededRandom } from './seeded-random.js'

const SURNAMES = [
  ...'王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾萧田董袁潘蒋蔡余杜叶程苏魏吕丁任沈姚',
]
const GIVEN = [...'伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华文辉建国红梅玉兰志斌海燕波健宁雪松林晓东鹏飞云龙']

/** Two or three characters: `王建国`. */
export function syntheticName(random: SeededRandom): string {
  return random.pick(SURNAMES) + random.pick(GIVEN) + (random.chance(0.7) ? random.pick(GIVEN) : '')
}

/** What an unnamed person is called in the ward (W12): `无名氏甲17`. */
export function unnamedAlias(index: number): string {
  return `无名氏${'甲乙丙丁戊己庚辛壬癸'[index % 10] ?? '甲'}${index}`
}

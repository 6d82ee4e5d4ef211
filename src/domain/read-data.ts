/**
 * Reads members of an event's `data` that its schema has already checked: a missing or misshapen required member is an
 * impossible state and throws. Refuses nothing that a client could have sent.
 */
import type { EventData } from './event.js'

export function readNumber(data: EventData, member: string): number {
  const value = data[member]
  if (typeof value !== 'number') throw impossible(member, 'a number')
  return value
}

export function readText(data: EventData, member: string): string {
  const value = data[member]
  if (typeof value !== 'string') throw impossible(member, 'a string')
  return value
}

export function readFlag(data: EventData, member: string): boolean {
  const value = data[member]
  if (typeof value !== 'boolean') throw impossible(member, 'a boolean')
  return value
}

export function findNumber(data: EventData, member: string): number | undefined {
  const value = data[member]
  return typeof value === 'number' ? value : undefined
}

export function findText(data: EventData, member: string): string | undefined {
  const value = data[member]
  return typeof value === 'string' ? value : undefined
}

export function findFlag(data: EventData, member: string): boolean | undefined {
  const value = data[member]
  return typeof value === 'boolean' ? value : undefined
}

/** The strings of an array; none where the member is absent. */
export function readTexts(data: EventData, member: string): readonly string[] {
  const value = data[member]
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

/** The members of an object that lies in `data`; empty where the member is absent. */
export function readObject(data: EventData, member: string): EventData {
  const value = data[member]
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}

/** The numbers by name of an object that lies in `data`: counts, versions. Empty where the member is absent. */
export function readNumbers(data: EventData, member: string): Readonly<Record<string, number>> {
  const numbers: Record<string, number> = {}
  for (const [name, value] of Object.entries(readObject(data, member))) {
    if (typeof value === 'number') numbers[name] = value
  }
  return numbers
}

/** The objects of an array; none where the member is absent. */
export function readObjects(data: EventData, member: string): readonly EventData[] {
  const value = data[member]
  return Array.isArray(value) ? value.filter((item) => typeof item === 'object' && item !== null) : []
}

function impossible(member: string, expected: string): Error {
  return new Error(`readData: expected ${member} to be ${expected}`)
}

/**
 * The one registry of errors: a stable code, its HTTP status, a title in Chinese and English, and a hint for whoever has
 * to act. Codes are retired, never reused. Everything that is refused anywhere is a `HubError` with one of these codes.
 */

interface ErrorKind {
  readonly status: number
  readonly title: string
  readonly titleZh: string
  /** What to do about it; a thrown error may give a better one. */
  readonly hint: string
}

export const ERRORS = {
  HUB_MALFORMED_JSON: {
    status: 400,
    title: 'Malformed JSON',
    titleZh: 'JSON 格式错误',
    hint: 'Send one valid JSON value, UTF-8.',
  },
  HUB_NOT_CANONICAL: {
    status: 400,
    title: 'Value without a canonical form',
    titleZh: '取值无规范形式',
    hint: 'Leave absent members out instead of null, and send well-formed Unicode.',
  },
  HUB_BAD_TIME: {
    status: 400,
    title: 'Unreadable date or time',
    titleZh: '日期或时间无法识别',
    hint: 'Write 2026-03-02, or 2026-03-02T09:30:00+08:00.',
  },
  HUB_BAD_PERIOD: { status: 400, title: 'Unreadable period', titleZh: '周期无法识别', hint: 'Write 2026Q1 or 2026H1.' },
  HUB_BAD_QUERY: {
    status: 400,
    title: 'Query not understood',
    titleZh: '查询参数有误',
    hint: 'See the route in /openapi.json.',
  },
  HUB_BODY_TOO_LARGE: {
    status: 413,
    title: 'Body too large',
    titleZh: '请求内容过大',
    hint: 'Send fewer events per request, or use /v1/events/batch.',
  },
  HUB_UNSUPPORTED_MEDIA: {
    status: 415,
    title: 'Unsupported content type',
    titleZh: '内容类型不受支持',
    hint: 'Send application/json, or application/x-ndjson to /v1/events/batch.',
  },
  HUB_UNKNOWN_TYPE: {
    status: 400,
    title: 'Unknown event type',
    titleZh: '未知事件类型',
    hint: 'The catalogue is served under /schemas.',
  },
  HUB_INVALID_EVENT: {
    status: 400,
    title: 'Event does not fit its schema',
    titleZh: '事件不符合数据结构',
    hint: 'Correct the members listed under errors and send it again.',
  },
  HUB_BAD_RETURN: {
    status: 422,
    title: 'The return cannot be taken',
    titleZh: '反馈内容有误',
    hint: 'Every fault is listed with its cell or member; correct them and send the whole return again. Nothing was recorded by this sending.',
  },
  HUB_RETURN_IN_PART: {
    status: 409,
    title: 'Some of the return is recorded',
    titleZh: '反馈仅部分登记',
    hint: 'What is not recorded is listed. Send the same return again: what is recorded already is not recorded twice.',
  },
  HUB_RULE_VIOLATED: {
    status: 422,
    title: 'Event violates a rule',
    titleZh: '事件违反业务规则',
    hint: 'Every violated rule is listed under errors; nothing was stored.',
  },
  HUB_UNAUTHENTICATED: {
    status: 401,
    title: 'No valid key',
    titleZh: '未提供有效密钥',
    hint: 'Send Authorization: Bearer lh_… with a key that is not revoked.',
  },
  HUB_FORBIDDEN: {
    status: 403,
    title: 'Not permitted',
    titleZh: '无权执行此操作',
    hint: 'Who may record and read what stands in ARCHITECTURE.md under "Who may do what".',
  },
  HUB_PERSON_REQUIRED: {
    status: 403,
    title: 'A named person is required',
    titleZh: '须由具名人员操作',
    hint: 'Use a key that is bound to a named person.',
  },
  HUB_RESTRICTED: {
    status: 403,
    title: 'Processing is restricted',
    titleZh: '该患者的信息已停止处理',
    hint: 'Whom its scope keeps out reads none of the record. The account of disclosures can be read; the responsible health centre may record ProcessingRestrictionLifted with the reason and scope given here.',
  },
  HUB_SECOND_PERSON: {
    status: 403,
    title: 'A second person is required',
    titleZh: '须由另一人操作',
    hint: 'Two persons agree to this act, each with a key of their own, and at least one of them for the responsible health centre.',
  },
  HUB_NOT_FOUND: { status: 404, title: 'Not found', titleZh: '未找到', hint: 'Check the address and the identifier.' },
  HUB_METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'Method not allowed',
    titleZh: '方法不允许',
    hint: 'See /openapi.json.',
  },
  HUB_TOO_MANY_ROWS: {
    status: 406,
    title: 'Too large for this format',
    titleZh: '内容超出该格式的容量',
    hint: 'Take the same document as NDJSON or CSV.',
  },
  HUB_DIFFERENT_CONTENT: {
    status: 409,
    title: 'The id is known with other content',
    titleZh: '该编号已用于其他内容',
    hint: 'Send the identical event to get its receipt, or use a new id.',
  },
  HUB_MIXED_GROUP: {
    status: 409,
    title: 'Some events of the group are already recorded',
    titleZh: '部分事件已有记录',
    hint: 'Send the whole group as it was first sent, or only new events.',
  },
  HUB_REVISION_CONFLICT: {
    status: 409,
    title: 'The stream has moved on',
    titleZh: '档案已被更新',
    hint: 'Read the person again, check, and send with the actual revision.',
  },
  HUB_BAD_CORRECTION: {
    status: 409,
    title: 'The corrected event is not in force',
    titleZh: '被更正的事件不是现行版本',
    hint: 'Name the version in force of the same fact and the same type.',
  },
  HUB_IDENTITY_CLAIMED: {
    status: 409,
    title: 'The ID number belongs to another record',
    titleZh: '该证件号码已建档',
    hint: 'Record under the existing patient.',
  },
  HUB_ALREADY_DECIDED: {
    status: 409,
    title: 'Already decided',
    titleZh: '已处理',
    hint: 'Read the current state; nothing was changed.',
  },
  HUB_LEGAL_HOLD: {
    status: 409,
    title: 'A legal hold keeps the record',
    titleZh: '依法保全期间不得销毁',
    hint: 'Nothing of the person is destroyed while a legal hold is in force: lift it first, or wait for its last day.',
  },
  HUB_ERASED: {
    status: 410,
    title: 'The person\u2019s identity was erased',
    titleZh: '身份信息已删除',
    hint: 'Nothing more can be recorded or read under this identity.',
  },
  HUB_NOT_HANDED_OUT: {
    status: 410,
    title: 'The document is not handed out any more',
    titleZh: '该文件不再提供',
    hint: 'Its day of destruction is over, or the processing is restricted: record a new request where it is still needed.',
  },
  HUB_CODE_EXPIRED: {
    status: 410,
    title: 'Enrolment code used or expired',
    titleZh: '注册码已使用或已过期',
    hint: 'Ask the operator for a new code.',
  },
  HUB_INTERNAL: {
    status: 500,
    title: 'Internal error',
    titleZh: '内部错误',
    hint: 'The operator finds the cause in the log under the request id.',
  },
  HUB_READ_ONLY: {
    status: 503,
    title: 'The hub is read-only',
    titleZh: '系统处于只读状态',
    hint: 'Nothing was stored. Operator: free disk space, then see /readyz.',
  },
  HUB_DISK_FULL: {
    status: 503,
    title: 'No room for documents',
    titleZh: '磁盘空间不足，无法编制报送文件',
    hint: 'Nothing was released by halves, and it is tried again by itself. Operator: free space in the data directory.',
  },
  HUB_VAULT_AWAY: {
    status: 503,
    title: 'The vault is away',
    titleZh: '密钥库不可用',
    hint: 'Nothing was stored. Operator: restore the vault file and its master key.',
  },
  HUB_LOG_AWAY: {
    status: 503,
    title: 'The log is away',
    titleZh: '事件日志不可用',
    hint: 'Try again shortly. Operator: see whether the event store answers, and which of its nodes leads.',
  },
  HUB_OUTCOME_UNKNOWN: {
    status: 503,
    title: 'Outcome unknown',
    titleZh: '结果未知',
    hint: 'Send the same events again with the same ids; they are stored at most once.',
  },
  HUB_OVERLOADED: { status: 503, title: 'The hub is catching up', titleZh: '系统繁忙', hint: 'Try again shortly.' },
  HUB_NOT_READY: { status: 503, title: 'Not ready', titleZh: '系统未就绪', hint: 'See /readyz.' },
  HUB_STOPPING: {
    status: 503,
    title: 'The hub is stopping',
    titleZh: '系统正在停止',
    hint: 'Try again at another node or in a moment.',
  },
  HUB_CLOCK_BEHIND: {
    status: 503,
    title: 'The clock is behind the log',
    titleZh: '系统时钟落后',
    hint: 'Operator: set the clock; it must not be behind the last event.',
  },
  HUB_CONFIG: {
    status: 500,
    title: 'Configuration refused',
    titleZh: '配置有误',
    hint: 'Correct the options listed and start again.',
  },
  HUB_DATA_LOCKED: {
    status: 500,
    title: 'The data directory is in use',
    titleZh: '数据目录正被占用',
    hint: 'One hub per data directory; stop the other one.',
  },
  HUB_LOG_CORRUPT: {
    status: 500,
    title: 'The log is damaged',
    titleZh: '日志损坏',
    hint: 'Run lianhu verify and restore from a backup.',
  },
  HUB_UNKNOWN_VERSION: {
    status: 503,
    title: 'The log holds a type or version that this node does not know',
    titleZh: '日志含有本节点未知的版本',
    hint: 'Upgrade this node; it projects nothing until then.',
  },
  HUB_WRONG_EXPECTATION: {
    status: 409,
    title: 'Wrong expectation',
    titleZh: '版本预期不符',
    hint: 'Read the stream and decide again.',
  },
  HUB_ID_KNOWN: {
    status: 409,
    title: 'Id already in the stream',
    titleZh: '编号已存在于流中',
    hint: 'Compare the contents.',
  },
  HUB_SEAL_BROKEN: {
    status: 500,
    title: 'A sealed value does not open',
    titleZh: '密封数据无法解密',
    hint: 'Run lianhu verify.',
  },
} as const satisfies Record<string, ErrorKind>

/** Codes of earlier releases: nothing answers with them any more, and none is given another meaning. */
export const RETIRED_CODES: readonly string[] = ['HUB_RATE_LIMITED']

export type ErrorCode = keyof typeof ERRORS

/** One thing wrong with an input: where, which rule, what was expected and what came. Never holds personal data. */
export interface Fault {
  /** RFC 6901 pointer into the request body. */
  readonly pointer: string
  /** The violated rule's id, e.g. `followUp.nextDateAfterDate`, or `schema`. */
  readonly rule: string
  readonly message: string
  readonly messageZh?: string
  readonly expected?: string
  readonly got?: string
}

export interface HubErrorDetail {
  readonly hint?: string
  readonly faults?: readonly Fault[]
  /** Data the caller needs, e.g. `{ actualRevision: 7 }`. Travels in the problem document. */
  readonly data?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
}

export class HubError extends Error {
  readonly code: ErrorCode
  readonly hint: string
  readonly faults: readonly Fault[]
  readonly data: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, detail: HubErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause })
    this.name = 'HubError'
    this.code = code
    this.hint = detail.hint ?? ERRORS[code].hint
    this.faults = detail.faults ?? []
    this.data = detail.data ?? {}
  }

  get status(): number {
    return ERRORS[this.code].status
  }
}

/** The guard to use across modules: by code, never by message. */
export function isHubError(error: unknown, code?: ErrorCode): error is HubError {
  return (
    error instanceof Error &&
    error.name === 'HubError' &&
    'code' in error &&
    (code === undefined || error.code === code)
  )
}

/**
 * RFC 9457 problem document. Sample bytes:
 * `{"type":"urn:lianhu:problem:HUB_REVISION_CONFLICT","title":"The stream has moved on","titleZh":"档案已被更新","status":409,
 * "code":"HUB_REVISION_CONFLICT","detail":"expected revision 3, got 5","hint":"Read the person again, …","actualRevision":5}`
 */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly titleZh: string
  readonly status: number
  readonly code: ErrorCode
  readonly detail?: string
  readonly hint: string
  readonly errors?: readonly Fault[]
  readonly [extra: string]: unknown
}

/** The problem document of any error. Anything that is not a `HubError`, and the text of every 5xx, stays inside. */
export function problemOf(error: unknown): Problem {
  const known = isHubError(error) ? error : new HubError('HUB_INTERNAL', '')
  const kind = ERRORS[known.code]
  const isOurs = kind.status < 500
  return {
    type: `urn:lianhu:problem:${known.code}`,
    title: kind.title,
    titleZh: kind.titleZh,
    status: kind.status,
    code: known.code,
    ...(isOurs ? { detail: known.message } : {}),
    hint: isOurs ? known.hint : kind.hint,
    ...(isOurs && known.faults.length > 0 ? { errors: known.faults } : {}),
    ...(isOurs ? known.data : {}),
  }
}

/** For states that cannot be: names the function and stops the program's story there. */
export function assertNever(value: never, where: string): never {
  throw new Error(`${where}: impossible value ${JSON.stringify(value)}`)
}

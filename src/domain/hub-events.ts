/** The hub's own events (policy §3.7, design §3 to §9) as far as the hub appends them today. No recorder roles: nobody sends them. */
import { z } from 'zod'
import { ALERT_CLASSES, ALERT_EVENTS } from './alert-events.js'
import { APPROVAL_EVENTS } from './approval-events.js'
import { zCode } from './code-lists/code-list.js'
import { HELD_REJECTIONS, KEY_REVOCATIONS } from './code-lists/hub.js'
import { clear, defineEvent, moment, optional, personal, zDay, zRegion, zText, zTime, zUuid } from './define-event.js'
import { DELIVERY_EVENTS } from './delivery-events.js'
import { ERASURE_EVENTS } from './erasure-events.js'
import { ROLES } from './event.js'
import { ONE_OFF_EVENTS } from './one-off-events.js'
import { zAgencyArea, zStaffRef } from './person-members.js'
import { RETURN_HUB_EVENTS } from './return-events.js'
import { SUBSCRIPTION_EVENTS } from './subscription-events.js'

const zRole = z.enum(ROLES)
const zHash = z.string().regex(/^sha256:[A-Za-z0-9_-]{43}$/)
const zHmac = z.string().regex(/^hmac-sha256:[A-Za-z0-9_-]{43}$/)
const zCount = z.number().int().min(0)
const zCause = z.strictObject({ stream: z.string(), id: zUuid })
const zVersions = z.record(z.string(), z.number().int().min(1))
const zPeriod = z.string().regex(/^\d{4}(Q[1-4]|H[12])$/)
const person = (zh: string, en: string) => clear(zStaffRef, zh, en)

export const HUB_EVENTS = [
  ...ERASURE_EVENTS,
  ...APPROVAL_EVENTS,
  ...ONE_OFF_EVENTS,
  ...DELIVERY_EVENTS,
  ...RETURN_HUB_EVENTS,
  defineEvent({
    type: 'LogCreated',
    stream: 'hub',
    recorders: [],
    clauses: ['design §3'],
    label: { zh: '日志建立', en: 'Log created' },
    members: {
      logId: clear(zUuid, '日志编号', 'Log id'),
      format: clear(z.literal(1), '格式', 'Format'),
      simulated: clear(z.boolean(), '模拟数据', 'Simulated'),
    },
  }),
  defineEvent({
    type: 'VersionActivated',
    stream: 'hub',
    recorders: [],
    clauses: ['design §3'],
    label: { zh: '版本生效', en: 'Version activated' },
    members: {
      kind: clear(z.enum(['feed', 'policy', 'rules']), '类别', 'Kind'),
      name: clear(zText, '名称', 'Name'),
      version: clear(z.number().int().min(1), '版本', 'Version'),
    },
  }),
  defineEvent({
    type: 'ClockDoubted',
    stream: 'hub',
    recorders: [],
    clauses: ['design §5'],
    label: { zh: '时钟存疑', en: 'Clock doubted' },
    members: { behindMs: clear(z.number().int(), '落后毫秒', 'Behind by (ms)') },
  }),
  defineEvent({
    type: 'ClockConfirmed',
    stream: 'hub',
    recorders: [],
    clauses: ['design §5'],
    label: { zh: '时钟确认', en: 'Clock confirmed' },
    members: { by: person('确认人', 'By') },
  }),
  defineEvent({
    type: 'AgencyEnrolled',
    stream: 'agency',
    recorders: [],
    clauses: ['W42', 'W50'],
    label: { zh: '单位注册', en: 'Agency enrolled' },
    members: {
      role: clear(zRole, '角色', 'Role'),
      name: clear(zText, '单位名称', 'Name'),
      superior: optional(clear(zUuid, '上级单位', 'Superior')),
      phone: clear(zText, '联系电话', 'Telephone'),
      dutyPhone: optional(clear(zText, '值班电话', 'Duty telephone')),
    },
  }),
  defineEvent({
    type: 'AgencyAreaAssigned',
    stream: 'agency',
    recorders: [],
    clauses: ['W49', 'design §8'],
    label: { zh: '辖区划定', en: 'Area assigned' },
    members: {
      areas: clear(z.array(zAgencyArea).min(1).max(500), '辖区', 'Areas'),
      from: clear(zDay, '起始日', 'From'),
      to: optional(clear(zDay, '终止日', 'To')),
    },
  }),
  defineEvent({
    type: 'UnitWentLive',
    stream: 'agency',
    recorders: [],
    clauses: ['H1'],
    label: { zh: '单位上线', en: 'Unit went live' },
    members: {
      unit: clear(zUuid, '单位', 'Unit'),
      from: clear(zDay, '上线日', 'From'),
    },
  }),
  defineEvent({
    type: 'EnrolmentOpened',
    stream: 'agency',
    recorders: [],
    clauses: ['design §12'],
    label: { zh: '注册码签发', en: 'Enrolment opened' },
    members: {
      codeHash: clear(zHash, '注册码摘要', 'Digest of the code'),
      expiresAt: clear(zTime, '失效时间', 'Expires at'),
    },
  }),
  defineEvent({
    type: 'ApiKeyIssued',
    stream: 'agency',
    recorders: [],
    clauses: ['design §12'],
    label: { zh: '密钥签发', en: 'API key issued' },
    members: {
      keyId: clear(zUuid, '密钥编号', 'Key id'),
      keyHash: clear(zHash, '密钥摘要', 'Digest of the key'),
      person: optional(person('人员代号', 'Person')),
      staffName: optional(personal('staff', zText, '人员姓名', 'Name of the person')),
      isOperator: optional(clear(z.boolean(), '运维密钥', 'Operator key')),
      enrolment: optional(clear(zHash, '所用注册码摘要', 'Digest of the enrolment code used')),
    },
  }),
  defineEvent({
    type: 'ApiKeyRevoked',
    stream: 'agency',
    recorders: [],
    clauses: ['design §12'],
    label: { zh: '密钥吊销', en: 'API key revoked' },
    members: {
      keyId: clear(zUuid, '密钥编号', 'Key id'),
      reason: optional(clear(zCode(KEY_REVOCATIONS), '原因', 'Reason')),
    },
  }),
  ...SUBSCRIPTION_EVENTS,
  defineEvent({
    type: 'MessageQueued',
    stream: 'outbox',
    recorders: [],
    clauses: ['design §9'],
    label: { zh: '消息入列', en: 'Message queued' },
    members: {
      key: clear(zText, '顺序键', 'Ordering key'),
      cause: clear(zCause, '起因', 'Cause'),
      kind: clear(zText, '种类', 'Kind'),
      class: clear(z.enum(ALERT_CLASSES), '等级', 'Class'),
      fieldSet: clear(zText, '字段集', 'Field set'),
      versions: clear(zVersions, '版本', 'Versions'),
      digest: clear(zHmac, '信封摘要', 'Keyed digest of the envelope'),
    },
  }),
  defineEvent({
    type: 'MessageHandedOver',
    stream: 'subscription',
    recorders: [],
    clauses: ['design §9'],
    label: { zh: '消息送达', en: 'Messages handed over' },
    members: {
      from: clear(zCount, '自序号', 'From sequence'),
      through: clear(zCount, '至序号', 'Through sequence'),
      at: moment(zTime, '时间', 'At'),
    },
  }),
  defineEvent({
    type: 'MessageCollected',
    stream: 'subscription',
    recorders: [],
    clauses: ['design §9'],
    label: { zh: '消息取走', en: 'Messages collected' },
    members: { through: clear(zCount, '至序号', 'Through sequence'), at: moment(zTime, '时间', 'At') },
  }),
  defineEvent({
    type: 'MessageAcknowledged',
    stream: 'subscription',
    recorders: [],
    clauses: ['design §9'],
    label: { zh: '消息确认', en: 'Messages acknowledged' },
    members: {
      through: clear(zCount, '至序号', 'Through sequence'),
      by: optional(person('确认人', 'By')),
      at: moment(zTime, '时间', 'At'),
    },
  }),
  defineEvent({
    type: 'MessageParked',
    stream: 'subscription',
    recorders: [],
    clauses: ['design §9'],
    label: { zh: '消息搁置', en: 'Message parked' },
    members: {
      sequence: clear(zCount, '序号', 'Sequence'),
      key: clear(zText, '顺序键', 'Ordering key'),
      reason: clear(zText, '原因', 'Reason'),
      at: moment(zTime, '时间', 'At'),
    },
  }),
  defineEvent({
    type: 'MessageRedriven',
    stream: 'subscription',
    recorders: [],
    clauses: ['design §9'],
    label: { zh: '消息重发', en: 'Messages redriven' },
    members: {
      sequences: clear(z.array(zCount).min(1).max(1000), '序号', 'Sequences'),
      by: optional(person('操作人', 'By')),
      at: moment(zTime, '时间', 'At'),
    },
  }),
  ...ALERT_EVENTS,
  defineEvent({
    type: 'FeedPeriodClosed',
    stream: 'period',
    recorders: [],
    clauses: ['W43', 'design §8'],
    label: { zh: '周期关账', en: 'Feed period closed' },
    members: {
      feed: clear(zText, '数据', 'Feed'),
      period: clear(zPeriod, '周期', 'Period'),
      by: clear(z.enum(['CALENDAR', 'HAND']), '方式', 'By'),
      versions: clear(zVersions, '版本', 'Versions'),
    },
  }),
  defineEvent({
    type: 'FeedReleased',
    stream: 'document',
    recorders: [],
    clauses: ['W43', 'W49', 'design §8'],
    label: { zh: '数据发布', en: 'Feed released' },
    members: {
      feed: clear(zText, '数据', 'Feed'),
      period: clear(zPeriod, '周期', 'Period'),
      agency: clear(zUuid, '接收单位', 'Recipient'),
      cut: clear(zCause, '关账事件', 'Closing event'),
      rows: clear(zCount, '行数', 'Rows'),
      counts: clear(z.record(z.string(), zCount), '计数', 'Counts'),
      root: clear(zHash, '行承诺之根', 'Root of the row commitments'),
      accountingDigest: clear(zHash, '核算清单摘要', 'Digest of the accounting manifest'),
      documentDigest: clear(zHash, '文档摘要', 'Digest of the canonical document'),
      fieldSet: clear(zText, '字段集', 'Field set'),
      versions: clear(zVersions, '版本', 'Versions'),
      suppressionsThrough: clear(
        z.number().int().min(-1),
        '已计入的停用至叶序号',
        'Suppressions counted through leaf index',
      ),
    },
  }),
  defineEvent({
    type: 'WriteHeld',
    stream: 'held',
    recorders: [],
    clauses: ['design §5'],
    label: { zh: '记录待匹配', en: 'Write held' },
    members: {
      heldType: clear(zText, '事件类型', 'Event type'),
      unit: optional(clear(zUuid, '归口卫生机构', 'Health centre')),
      township: optional(clear(zRegion, '乡镇', 'Township')),
      body: personal('patient', z.record(z.string(), z.unknown()), '原记录', 'The event as sent'),
      person: personal('patient', z.record(z.string(), z.unknown()), '所述人员', 'The person named'),
    },
  }),
  defineEvent({
    type: 'HeldMatched',
    stream: 'held',
    recorders: [],
    clauses: ['design §5'],
    label: { zh: '匹配成功', en: 'Held write matched' },
    members: {
      patientId: clear(zUuid, '患者', 'Patient'),
      event: clear(zCause, '所记事件', 'Event recorded'),
      by: person('操作人', 'By'),
    },
  }),
  defineEvent({
    type: 'HeldRejected',
    stream: 'held',
    recorders: [],
    clauses: ['design §5'],
    label: { zh: '匹配驳回', en: 'Held write rejected' },
    members: { by: person('操作人', 'By'), reason: clear(zCode(HELD_REJECTIONS), '原因', 'Reason') },
  }),
  defineEvent({
    type: 'RecordViewed',
    stream: 'views',
    recorders: [],
    clauses: ['W49', 'design §6'],
    label: { zh: '档案查阅', en: 'Record viewed' },
    members: {
      viewer: person('查阅人', 'Viewer'),
      patient: optional(clear(zUuid, '患者', 'Patient')),
      held: optional(clear(zUuid, '待匹配记录', 'Held write')),
      purpose: clear(z.enum(['CARE', 'AUDIT', 'DUTY']), '目的', 'Purpose'),
      kind: clear(z.enum(['STATE', 'HISTORY', 'HELD', 'ERASURE']), '范围', 'What'),
    },
  }),
]

/** The pages of how a hub is asked and set: errors, options, routes. Read from the registries, never typed. */
import { optionReference } from '../../src/config.js'
import { createHttpMetrics } from '../../src/http/metrics.js'
import { openApiPath } from '../../src/http/openapi.js'
import type { Route } from '../../src/http/route.js'
import { routesOf } from '../../src/http/routes.js'
import type { Hub, HubStatus } from '../../src/hub-port.js'
import { ERRORS } from '../../src/kernel/errors.js'
import { code, codes, type Page } from './page.js'

export function errorsPage(): Page {
  return {
    path: 'docs/reference/errors.md',
    title: 'Errors 错误代码',
    intro:
      'Every refusal is a problem document (RFC 9457) with one of these codes. Codes are retired, never reused; the text of a 5xx never leaves the hub.',
    sections: [
      {
        columns: ['Code', 'Status', '中文', 'English', 'What to do'],
        rows: Object.entries(ERRORS).map(([name, { status, title, titleZh, hint }]) => [
          code(name),
          String(status),
          titleZh,
          title,
          hint,
        ]),
      },
    ],
  }
}

export function optionsPage(): Page {
  return {
    path: 'docs/reference/options.md',
    title: 'Options 配置项',
    intro:
      'From a JSON file (`--config`, `LIANHU_CONFIG`; weakest), the environment, and flags (strongest). Unknown names are refused, all problems are reported at once.',
    sections: [
      {
        columns: ['Option', 'Environment', 'Flag', 'What it is'],
        rows: optionReference().map(({ name, env, flag, doc }) => [code(name), code(env), code(flag), doc]),
      },
    ],
  }
}

export function routesPage(): Page {
  const routes = allRoutes()
  const tags = [...new Set(routes.map(({ tag }) => tag))]
  return {
    path: 'docs/reference/routes.md',
    title: 'Routes 接口',
    intro:
      'Access: public (no key), key (any), person (a key bound to a named person), operator. Bodies, answers and problems stand in `/openapi.json` of a running hub, generated from the same definitions.',
    sections: tags.map((tag) => ({
      heading: tag,
      columns: ['Route', '中文', 'English', 'Access', 'Roles'],
      rows: routes
        .filter((route) => route.tag === tag)
        .map(({ method, path, label, access, roles }) => [
          code(`${method} ${openApiPath(path)}`),
          label.zh,
          label.en,
          access,
          roles ? codes(roles) : 'all',
        ]),
    })),
  }
}

/** The routes as they are defined. Nothing is called, so the hub behind them may be nobody. */
export function allRoutes(): readonly Route[] {
  const nobody: unknown = new Proxy(() => nobody, { get: () => nobody, apply: () => nobody })
  return routesOf(nobody as Hub, createHttpMetrics(nobody as () => Promise<HubStatus>), () => undefined)
}

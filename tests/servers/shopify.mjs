// A shop that answers by the schema of Shopify's Admin API, with made-up orders: POST
// /admin/api/<version>/graphql.json. Each query is held against every version that is shipped, and
// what is found is said as a line of JSON. `shopify.mjs <orders>` says where it listens.
import { createServer } from 'node:http'
import { readFileSync, readdirSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { text } from 'node:stream/consumers'
import { addMocksToSchema } from '@graphql-tools/mock'
import {
  NoDeprecatedCustomRule, buildClientSchema, execute, parse, specifiedRules, validate,
} from 'graphql'

const ORDERS = Number(process.argv[2])
const HOUR = 3_600_000
const began = Date.now()

// the same shop in each run
let seed = 7
Math.random = () => {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
  return seed / 2_147_483_648
}

const schemas = new Map()
const data = new URL('node_modules/@shopify/dev-mcp/dist/data/', import.meta.url)
for (const file of readdirSync(data)) {
  const version = /^admin_(.*)\.json\.gz$/.exec(file)?.[1]
  if (version) {
    const { data: told } = JSON.parse(gunzipSync(readFileSync(new URL(file, data))))
    schemas.set(version, buildClientSchema(told))
  }
}

const id = (kind, number) => `gid://shopify/${kind}/${number}`
let things = 0
const mocks = {
  Boolean: () => Math.random() < 0.5,
  CurrencyCode: () => 'USD',
  DateTime: () => new Date(began - HOUR).toISOString(),
  Decimal: () => '12.50',
  Int: () => 2,
  ID: () => id('Thing', (things += 1)),
  Money: () => '12.50',
  String: () => 'words',
  URL: () => 'https://shop.example/?utm_source=words',
  UnsignedInt64: () => '2',
}

const money = (amount) => {
  const told = { amount, currencyCode: 'USD' }
  return { shopMoney: told, presentmentMoney: told }
}
const sale = (kind, lineType, actionType, total, tax, more = {}) => ({
  __typename: kind, actionType, lineType, quantity: null, totalAmount: money(total),
  totalTaxAmount: money(tax), totalDiscountAmountBeforeTaxes: money('0.00'), ...more,
})
const lineItem = {
  variant: { inventoryItem: { unitCost: { amount: '4.00', currencyCode: 'USD' } } },
}
const sold = (quantity) => sale(
  'ProductSale', 'PRODUCT', 'ORDER', '12.00', '2.00', { quantity, lineItem },
)
// an item of 10, shipping of 5; 3 of it were paid back, and 1 of them was kept as a fee
const ledger = [
  ['OrderAgreement', [sold(1), sale('ShippingLineSale', 'SHIPPING', 'ORDER', '5.00', '0.00')]],
  ['RefundAgreement', [
    sale('AdjustmentSale', 'ADJUSTMENT', 'RETURN', '-3.00', '0.00'),
    sale('FeeSale', 'FEE', 'ORDER', '1.00', '0.00'),
  ]],
]

function page(nodes, { first, after }) {
  const start = Number(after ?? 0)
  const end = Math.min(start + first, nodes.length)
  return {
    nodes: nodes.slice(start, end),
    pageInfo: {
      hasNextPage: end < nodes.length, hasPreviousPage: start > 0, startCursor: String(start),
      endCursor: String(end),
    },
  }
}

function shop(version) {
  return addMocksToSchema({
    schema: schemas.get(version),
    mocks,
    resolvers: (store) => {
      const order = (number) => {
        const key = id('Order', number)
        const at = new Date(began - (ORDERS - number + 1) * HOUR).toISOString()
        store.set('Order', key, {
          name: `#${number}`, createdAt: at, processedAt: at, updatedAt: at, cancelledAt: null,
          test: false, currentTotalPriceSet: money('18.00'), refundDiscrepancySet: money('-3.00'),
          sourceName: 'web', tags: [],
        })
        return store.get('Order', key)
      }
      return {
        Order: {
          agreements: (order, asked) => page(ledger.map(([kind, sales], place) => ({
            __typename: kind,
            id: id(kind, things += 1),
            happenedAt: new Date(began - HOUR / 2 + place).toISOString(),
            refund: { id: id('Refund', things += 1) },
            sales: (asked) => page(sales, asked),
          })), asked),
        },
        QueryRoot: {
          orders: (_, { first, after }) => {
            const start = Number(after ?? 0)
            const end = Math.min(start + first, ORDERS)
            const numbers = Array.from({ length: end - start }, (_, place) => start + place + 1)
            return {
              nodes: numbers.map(order),
              pageInfo: { hasNextPage: end < ORDERS, endCursor: String(end) },
            }
          },
          order: (_, { id }) => order(Number(/\d+$/.exec(id)[0])),
        },
      }
    },
  })
}

const shops = new Map()
const seen = new Set()

function held(query) {
  if (seen.has(query)) return
  seen.add(query)
  const name = /\w+ \w+/.exec(query)[0]
  for (const [version, schema] of schemas) {
    const document = parse(query)
    const errors = validate(schema, document, specifiedRules)
    const deprecated = validate(schema, document, [NoDeprecatedCustomRule])
    const words = (found) => found.map((error) => error.message)
    const told = { query: name, version, errors: words(errors), deprecated: words(deprecated) }
    console.log(JSON.stringify(told))
  }
}

const server = createServer(async (request, response) => {
  const answer = (status, body) => {
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
  }
  const version = /^\/admin\/api\/([^/]+)\/graphql\.json$/.exec(request.url)?.[1]
  if (request.method !== 'POST' || !schemas.has(version)) return answer(404, { errors: 'Not Found' })
  if (!request.headers['x-shopify-access-token']) return answer(401, { errors: 'no token' })
  const { query, variables } = JSON.parse(await text(request))
  held(query)
  const document = parse(query)
  const errors = validate(schemas.get(version), document, specifiedRules)
  if (errors.length) return answer(200, { errors })
  if (!shops.has(version)) shops.set(version, shop(version))
  answer(200, await execute({
    schema: shops.get(version), document, variableValues: variables,
  }))
})
server.listen(0, () => console.log(`SHOP http://127.0.0.1:${server.address().port}`))

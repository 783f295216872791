-- wrk script: client_credentials requests of many service users in turn, every
-- answer checked. Configured by the environment:
--
--   BENCH_CREDENTIALS  file of lines: client id, tab, secret
--   BENCH_PROJECT      id of the project that the scope asks for
--   BENCH_TOKEN        the token to expect: RS256, ES256, EdDSA or opaque
--
-- Prints one line "RESULT {json}" and, if an answer failed its check, a line
-- "FAILED " with the reason and the first such answer.

local digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

local function base64(text)
  local out = {}
  for i = 1, #text, 3 do
    local a, b, c = text:byte(i, i + 2)
    local bits = a * 65536 + (b or 0) * 256 + (c or 0)
    local group = {}
    for k = 3, 0, -1 do
      local digit = bits % 64
      group[k + 1] = digits:sub(digit + 1, digit + 1)
      bits = (bits - digit) / 64
    end
    if not b then group[3] = '=' end
    if not c then group[4] = '=' end
    out[#out + 1] = table.concat(group)
  end
  return table.concat(out)
end

-- Decodes base64url without padding; nil if a character is not of its alphabet.
local function decode(text)
  text = text:gsub('-', '+'):gsub('_', '/')
  local out, bits, count = {}, 0, 0
  for i = 1, #text do
    local digit = digits:find(text:sub(i, i), 1, true)
    if not digit then return nil end
    bits, count = bits * 64 + digit - 1, count + 6
    if count >= 8 then
      count = count - 8
      local byte = math.floor(bits / 2 ^ count)
      out[#out + 1] = string.char(byte)
      bits = bits - byte * 2 ^ count
    end
  end
  return table.concat(out)
end

-- application/x-www-form-urlencoded, as RFC 6749 section 2.3.1 asks of the two
-- parts of the Basic header too.
local function encode(text)
  return (text:gsub('[^%w%-%._~]', function(c) return string.format('%%%02X', c:byte()) end))
end

local function required(name)
  local value = os.getenv(name)
  if not value or value == '' then error(name .. ' is not set') end
  return value
end

-- Which thread runs which part of the users does not matter: wrk has one here.
local threads = {}

function setup(thread)
  threads[#threads + 1] = thread
end

function init(args)
  expected = required('BENCH_TOKEN')
  local body = 'grant_type=client_credentials&scope=' .. encode(
    'openid profile email urn:zitadel:iam:user:resourceowner ' ..
    'urn:zitadel:iam:org:projects:roles ' ..
    'urn:zitadel:iam:org:project:id:' .. required('BENCH_PROJECT') .. ':aud')
  requests, turn = {}, 0
  for line in io.lines(required('BENCH_CREDENTIALS')) do
    local id, secret = line:match('^([^\t]+)\t([^\t]+)$')
    if not id then error('a line of the credentials is not: id, tab, secret') end
    requests[#requests + 1] = wrk.format('POST', nil, {
      ['Host'] = wrk.headers['Host'],
      ['Content-Type'] = 'application/x-www-form-urlencoded',
      ['Accept'] = 'application/json',
      ['Authorization'] = 'Basic ' .. base64(encode(id) .. ':' .. encode(secret)),
    }, body)
  end
  if #requests == 0 then error('there are no credentials') end
  answers, failed, bytes, firstFailure, knownHeader = 0, 0, 0, '', ''
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

-- What is wrong with a token, or nil.
local function tokenFault(token)
  if expected == 'opaque' then
    if not token:find('^lko_[%w%-_]+$') then return 'not an opaque token' end
    return nil
  end
  local header = token:match('^([%w%-_]+)%.[%w%-_]+%.[%w%-_]+$')
  if not header then return 'not a JWT' end
  -- All tokens of one key have one header: decode it when it changes.
  if header ~= knownHeader then
    local json = decode(header)
    if not json or not json:find('"alg":"' .. expected .. '"', 1, true) then return 'another algorithm' end
    knownHeader = header
  end
  return nil
end

local function fault(status, headers, body)
  if status ~= 200 then return 'status ' .. status end
  local kind = headers['Content-Type']
  if not kind or not kind:find('^application/json') then return 'content type' end
  if not body:find('"expires_in":43199[,}]') then return 'expires_in' end
  if not body:find('"token_type":"Bearer"', 1, true) then return 'token_type' end
  local token = body:match('"access_token":"([^"]*)"')
  if not token then return 'no access_token' end
  return tokenFault(token)
end

function response(status, headers, body)
  answers = answers + 1
  bytes = bytes + #body
  local wrong = fault(status, headers, body)
  if wrong then
    failed = failed + 1
    if firstFailure == '' then firstFailure = wrong .. ': ' .. body:sub(1, 300):gsub('%c', ' ') end
  end
end

function done(summary, latency, all)
  local answers, failed, bytes, failure = 0, 0, 0, ''
  for _, thread in ipairs(threads) do
    answers = answers + thread:get('answers')
    failed = failed + thread:get('failed')
    bytes = bytes + thread:get('bytes')
    if failure == '' then failure = thread:get('firstFailure') end
  end
  local e = summary.errors
  io.write(string.format(
    'RESULT {"answers":%d,"failed":%d,"broken":%d,"bytes":%d,"seconds":%.3f,"p50":%.3f,"p99":%.3f,"max":%.3f}\n',
    answers, failed, e.connect + e.read + e.write + e.timeout, bytes, summary.duration / 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000))
  if failure ~= '' then io.write('FAILED ' .. failure .. '\n') end
end

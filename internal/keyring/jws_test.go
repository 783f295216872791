package keyring

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
)

func encodeToken(header, payload, sig string) string {
	encode := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	return encode(header) + "." + encode(payload) + "." + encode(sig)
}

func TestParseCompact(t *testing.T) {
	const good = `{"alg":"RS256","kid":"1","typ":"JWT"}`
	plain := encodeToken(good, `{"sub":"1"}`, "sig!")
	dot := strings.IndexByte(plain, '.')
	for name, test := range map[string]struct {
		token string
		ok    bool
	}{
		"nothing":                   {"", false},
		"word":                      {"word", false},
		"dots":                      {"..", false},
		"two parts":                 {plain[:strings.LastIndexByte(plain, '.')], false},
		"four parts":                {plain + ".AAAA", false},
		"five parts":                {plain + ".AAAA.AAAA", false},
		"no signature":              {encodeToken(good, "{}", ""), false},
		"no header":                 {plain[dot:], false},
		"too long":                  {encodeToken(good, strings.Repeat("x", MaxTokenSize), "sig!"), false},
		"header too long":           {encodeToken(`{"alg":"RS256","kid":"`+strings.Repeat("1", 1024)+`"}`, "{}", "sig!"), false},
		"padded":                    {plain + "==", false},
		"standard alphabet":         {plain[:dot+1] + "++//" + plain[dot+1:], false},
		"stray bits":                {plain[:dot+1] + "AB" + plain[strings.LastIndexByte(plain, '.'):], false},
		"line break in header":      {plain[:4] + "\n" + plain[4:], false},
		"line break in payload":     {plain[:dot+5] + "\r\n" + plain[dot+5:], false},
		"line break at the end":     {plain + "\n", false},
		"space before":              {" " + plain, false},
		"header not JSON":           {encodeToken("alg", "{}", "sig!"), false},
		"header empty text":         {encodeToken(" ", "{}", "sig!"), false},
		"header array":              {encodeToken(`["alg"]`, "{}", "sig!"), false},
		"header string":             {encodeToken(`"alg"`, "{}", "sig!"), false},
		"header null":               {encodeToken(`null`, "{}", "sig!"), false},
		"header empty object":       {encodeToken(`{}`, "{}", "sig!"), false},
		"header cut short":          {encodeToken(good[:20], "{}", "sig!"), false},
		"two headers":               {encodeToken(good+good, "{}", "sig!"), false},
		"trailing comma":            {encodeToken(`{"alg":"RS256","kid":"1",}`, "{}", "sig!"), false},
		"not UTF-8":                 {encodeToken("{\"alg\":\"RS256\",\"kid\":\"\xff\"}", "{}", "sig!"), false},
		"no alg":                    {encodeToken(`{"kid":"1"}`, "{}", "sig!"), false},
		"alg none":                  {encodeToken(`{"alg":"none","kid":"1"}`, "{}", "sig!"), false},
		"alg HS256":                 {encodeToken(`{"alg":"HS256","kid":"1"}`, "{}", "sig!"), false},
		"alg of another case":       {encodeToken(`{"alg":"rs256","kid":"1"}`, "{}", "sig!"), false},
		"name of another case":      {encodeToken(`{"ALG":"RS256","kid":"1"}`, "{}", "sig!"), false},
		"alg a number":              {encodeToken(`{"alg":1,"kid":"1"}`, "{}", "sig!"), false},
		"alg a list":                {encodeToken(`{"alg":["RS256"],"kid":"1"}`, "{}", "sig!"), false},
		"no kid":                    {encodeToken(`{"alg":"RS256"}`, "{}", "sig!"), false},
		"empty kid":                 {encodeToken(`{"alg":"RS256","kid":""}`, "{}", "sig!"), false},
		"kid null":                  {encodeToken(`{"alg":"RS256","kid":null}`, "{}", "sig!"), false},
		"typ an object":             {encodeToken(`{"alg":"RS256","kid":"1","typ":{}}`, "{}", "sig!"), false},
		"alg twice":                 {encodeToken(`{"alg":"RS256","kid":"1","alg":"RS256"}`, "{}", "sig!"), false},
		"alg twice, once escaped":   {encodeToken(`{"alg":"RS256","kid":"1","al\u0067":"ES256"}`, "{}", "sig!"), false},
		"unknown member twice":      {encodeToken(`{"alg":"RS256","kid":"1","x":1,"x":1}`, "{}", "sig!"), false},
		"crit":                      {encodeToken(`{"alg":"RS256","kid":"1","crit":["b64"],"b64":false}`, "{}", "sig!"), false},
		"crit empty":                {encodeToken(`{"alg":"RS256","kid":"1","crit":[]}`, "{}", "sig!"), false},
		"unknown member":            {encodeToken(`{"alg":"RS256","kid":"1","x":{"a":[1,{"alg":"none"}]}}`, "{}", "sig!"), false},
		"no typ":                    {encodeToken(`{"alg":"RS256","kid":"1"}`, "{}", "sig!"), true},
		"white space in the header": {encodeToken("\n { \"kid\" : \"1\" , \"alg\":\"RS256\" } ", "{}", "sig!"), false},
		"members in another order":  {encodeToken(`{"kid":"1","alg":"RS256"}`, "{}", "sig!"), false},
		"needless escape":           {encodeToken(`{"alg":"RS256","kid":"\u0031"}`, "{}", "sig!"), false},
		"empty typ":                 {encodeToken(`{"alg":"RS256","kid":"1","typ":""}`, "{}", "sig!"), false},
		"typ of RFC 9068":           {encodeToken(`{"alg":"RS256","kid":"1","typ":"at+jwt"}`, "{}", "sig!"), true},
		"empty payload":             {encodeToken(good, "", "sig!"), true},
		"ours":                      {plain, true},
	} {
		t.Run(name, func(t *testing.T) {
			header, input, payload, sig, err := ParseCompact(test.token)
			if (err == nil) != test.ok {
				t.Fatalf("error %v, want ok = %v", err, test.ok)
			}
			if err != nil {
				if !errors.Is(err, ErrToken) || header != (Header{}) || input != nil || payload != nil || sig != nil {
					t.Errorf("%v, with %+v %q %q %q", err, header, input, payload, sig)
				}
				return
			}
			if header.Alg != RS256 || header.Kid != "1" || string(sig) != "sig!" {
				t.Errorf("%+v %q", header, sig)
			}
		})
	}
	header, input, payload, _, err := ParseCompact(plain)
	if err != nil || header.Typ != "JWT" || string(payload) != `{"sub":"1"}` || string(input) != plain[:strings.LastIndexByte(plain, '.')] {
		t.Errorf("%+v %q %q %v", header, input, payload, err)
	}
}

func FuzzParseCompact(f *testing.F) {
	f.Add(encodeToken(`{"alg":"RS256","kid":"1","typ":"JWT"}`, `{"sub":"1"}`, "sig!"))
	f.Add(encodeToken(`{"alg":"EdDSA","kid":"1"}`, "", "s"))
	f.Add(encodeToken(`{"alg":"RS256","kid":"1","crit":[]}`, "{}", "s"))
	f.Add("..")
	f.Fuzz(func(t *testing.T, token string) {
		header, input, payload, sig, err := ParseCompact(token)
		if err != nil {
			return
		}
		if header.Kid == "" || len(sig) == 0 {
			t.Fatalf("%q: %+v %q", token, header, sig)
		}
		encode := base64.RawURLEncoding.EncodeToString
		if again := string(input) + "." + encode(sig); again != token {
			t.Fatalf("%q comes back as %q", token, again)
		}
		if !strings.HasSuffix(string(input), "."+encode(payload)) {
			t.Fatalf("%q: payload %q is not what is signed", token, payload)
		}
	})
}

func BenchmarkParseCompact(b *testing.B) {
	token := encodeToken(`{"alg":"RS256","kid":"318838541927645187","typ":"JWT"}`, strings.Repeat("x", 700), strings.Repeat("s", 256))
	b.ReportAllocs()
	for b.Loop() {
		if _, _, _, _, err := ParseCompact(token); err != nil {
			b.Fatal(err)
		}
	}
}

// FuzzParseHeader reaches the header without having to guess base64url.
func FuzzParseHeader(f *testing.F) {
	f.Add([]byte(`{"alg":"RS256","kid":"1","typ":"JWT"}`))
	f.Add([]byte(`{"kid":"\u0031","alg":"ES256","x":{"alg":"none"}}`))
	f.Add([]byte(`{"alg":"RS256",}`))
	f.Add([]byte(` [] `))
	f.Fuzz(func(t *testing.T, raw []byte) {
		header, err := parseHeader(raw)
		if err != nil {
			if !errors.Is(err, ErrToken) {
				t.Fatalf("%q: %v", raw, err)
			}
			return
		}
		if _, err := ParseAlgorithm(string(header.Alg)); err != nil || header.Kid == "" {
			t.Fatalf("%q: %+v", raw, header)
		}
	})
}

package keyring

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"html/template"
	"log/slog"
	"maps"
	"regexp"
	"strings"
	"testing"
)

func TestChecksumKnownValues(t *testing.T) {
	for sum, want := range map[uint32]string{0: "000000", 61: "00000z", 62: "000010", 1<<32 - 1: "4gfFC3"} {
		if got := string(appendChecksum(nil, sum)); got != want {
			t.Errorf("%d: %s, want %s", sum, got, want)
		}
	}
}

func TestSecretForms(t *testing.T) {
	for name, test := range map[string]struct {
		draw  func() Secret
		looks func(string) bool
		form  *regexp.Regexp
	}{
		"client secret": {NewClientSecret, LooksLikeClientSecret, regexp.MustCompile(`^LKS[0-9A-Za-z]{61}$`)},
		"PAT":           {NewPAT, LooksLikePAT, regexp.MustCompile(`^lkp_[0-9A-Za-z]{49}$`)},
		"session token": {NewSessionToken, LooksLikeSessionToken, regexp.MustCompile(`^lks_[0-9A-Za-z]{49}$`)},
		"device token":  {NewDeviceToken, LooksLikeDeviceToken, regexp.MustCompile(`^lkd_[0-9A-Za-z]{49}$`)},
		"invitation":    {NewInvitationCode, LooksLikeInvitationCode, regexp.MustCompile(`^lki_[0-9A-Za-z]{49}$`)},
	} {
		t.Run(name, func(t *testing.T) {
			seen := make(map[string]bool)
			for range 200 {
				s := test.draw().Reveal()
				if !test.form.MatchString(s) || !test.looks(s) || seen[s] {
					t.Fatalf("bad or repeated: %s", s)
				}
				seen[s] = true
			}
			s := test.draw().Reveal()
			body := s[:len(s)-6]
			if want := body + string(appendChecksum(nil, crc32.ChecksumIEEE([]byte(body)))); s != want {
				t.Errorf("checksum is not the CRC-32 of what precedes it: %s", s)
			}
			for i := range s {
				for _, replacement := range []byte("0Az_-\x00\xff") {
					changed := []byte(s)
					if changed[i] == replacement {
						continue
					}
					changed[i] = replacement
					if test.looks(string(changed)) {
						t.Errorf("position %d changed to %q: still looks right", i, replacement)
					}
				}
			}
			for _, bad := range []string{"", s[:len(s)-1], s + "0", " " + s[1:], strings.ToLower(s), body + "      "} {
				if test.looks(bad) {
					t.Errorf("%q looks right", bad)
				}
			}
		})
	}
	looks := []func(string) bool{LooksLikeClientSecret, LooksLikePAT, LooksLikeSessionToken, LooksLikeDeviceToken, LooksLikeInvitationCode}
	for i, draw := range []func() Secret{NewClientSecret, NewPAT, NewSessionToken, NewDeviceToken, NewInvitationCode} {
		for j, like := range looks {
			if like(draw().Reveal()) != (i == j) {
				t.Errorf("kind %d looks like kind %d: %v", i, j, i != j)
			}
		}
	}
	// The checksum is right, the alphabet is not: only the alphabet check can refuse it.
	body := patPrefix + strings.Repeat("-", random256)
	if LooksLikePAT(body + string(appendChecksum(nil, crc32.ChecksumIEEE([]byte(body))))) {
		t.Error("an alphabet of dashes looks right")
	}
}

// A plain remainder of a random byte would draw the first eight base62 digits a quarter more often, which gives a sum
// far beyond 1000 here; a uniform draw stays below 200 but for once in 10^15 runs.
func TestRandomDigitsAreUniform(t *testing.T) {
	const drawn = 200_000
	for _, alphabet := range []string{base62Digits, crockfordDigits} {
		counts := make(map[byte]float64)
		for _, digit := range appendRandom(nil, alphabet, drawn) {
			counts[digit]++
		}
		expected := float64(drawn) / float64(len(alphabet))
		var chiSquare float64
		for _, digit := range []byte(alphabet) {
			chiSquare += (counts[digit] - expected) * (counts[digit] - expected) / expected
			delete(counts, digit)
		}
		if chiSquare > 200 || len(counts) != 0 {
			t.Errorf("alphabet of %d: chi-square %.0f, %d foreign digits", len(alphabet), chiSquare, len(counts))
		}
	}
}

func TestHashAndEqual(t *testing.T) {
	if got := hex.EncodeToString(func() []byte { h := Hash("abc"); return h[:] }()); got !=
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" { // FIPS 180-4 example
		t.Errorf("Hash = %s", got)
	}
	a := Hash(NewPAT().Reveal())
	if !Equal(a, a) {
		t.Error("a hash differs from itself")
	}
	for i := range a {
		b := a
		b[i] ^= 1
		if Equal(a, b) {
			t.Errorf("byte %d does not count", i)
		}
	}
}

func TestSetupCode(t *testing.T) {
	form := regexp.MustCompile(`^[0-9A-HJKMNP-TV-Z]{5}(-[0-9A-HJKMNP-TV-Z]{5}){3}$`)
	for range 100 {
		code := NewSetupCode().Reveal()
		if parsed, ok := ParseSetupCode(code); !form.MatchString(code) || !ok || parsed.Reveal() != code {
			t.Fatalf("%s: parsed %q, %v", code, parsed.Reveal(), ok)
		}
	}
	for typed, want := range map[string]string{
		"":                          "",
		"7ZK4M-0Q2XW-9D8NB-H3TR":    "",
		"7ZK4M-0Q2XW-9D8NB-H3TRCC":  "",
		"7ZK4M-0Q2XW-9D8NB-H3TRU":   "",
		"7ZK4M-0Q2XW-9D8NB-H3TR\n":  "",
		"7ZK4M-0Q2XW-9D8NB-H3TRÄ":   "",
		"7ZK4M-0Q2XW-9D8NB-H3TRC":   "7ZK4M-0Q2XW-9D8NB-H3TRC",
		"7zk4moq2xw9d8nbh3trc":      "7ZK4M-0Q2XW-9D8NB-H3TRC",
		" 7ZK4M 0Q2XW 9D8NB H3TRC ": "7ZK4M-0Q2XW-9D8NB-H3TRC",
		"oOiIl-Ll000-11111-00000":   "00111-11000-11111-00000",
	} {
		got, ok := ParseSetupCode(typed)
		if got.Reveal() != want || ok != (want != "") {
			t.Errorf("%q: %q, %v, want %q", typed, got.Reveal(), ok, want)
		}
	}
}

func FuzzParseSetupCode(f *testing.F) {
	f.Add("7ZK4M-0Q2XW-9D8NB-H3TRC")
	f.Add("oOiIl-Ll000-11111-00000")
	f.Fuzz(func(t *testing.T, typed string) {
		code, ok := ParseSetupCode(typed)
		if !ok {
			return
		}
		if again, ok := ParseSetupCode(code.Reveal()); !ok || again.Reveal() != code.Reveal() {
			t.Fatalf("%q: %q is not canonical", typed, code.Reveal())
		}
	})
}

func FuzzLooksLike(f *testing.F) {
	f.Add(NewPAT().Reveal())
	f.Add(NewClientSecret().Reveal())
	f.Add(NewSessionToken().Reveal())
	f.Add(NewDeviceToken().Reveal())
	f.Add(NewInvitationCode().Reveal())
	f.Add("lkp_")
	form := regexp.MustCompile(`^(LKS[0-9A-Za-z]{61}|lk[psid]_[0-9A-Za-z]{49})$`)
	f.Fuzz(func(t *testing.T, s string) {
		looks := LooksLikePAT(s) || LooksLikeClientSecret(s) || LooksLikeSessionToken(s) || LooksLikeDeviceToken(s) || LooksLikeInvitationCode(s)
		if looks && !form.MatchString(s) {
			t.Fatalf("%q looks right", s)
		}
	})
}

// Everything that holds a secret shows the same word, in whatever way and wherever it is printed.
func TestSecretsPrintRedacted(t *testing.T) {
	private, _, err := GenerateSigningKey(EdDSA)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := NewSigner("1", EdDSA, private)
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := NewTokenSealer([]byte(rawMasterKey))
	if err != nil {
		t.Fatal(err)
	}
	master := mustMasterKey(t, rawMasterKey)
	pat := NewPAT()
	type inUnexportedField struct{ held any }
	type typedFields struct {
		secret Secret
		master MasterKey
		signer *Signer
		sealer *TokenSealer
	}
	for name, test := range map[string]struct {
		value any
		bytes []byte
	}{
		"Secret":      {pat, []byte(pat.Reveal())},
		"zero Secret": {Secret{}, []byte("no such text")},
		"MasterKey":   {master, []byte(rawMasterKey)},
		"zero Master": {MasterKey{}, []byte("no such text")},
		"Signer":      {signer, private[len(private)-32:]},
		"TokenSealer": {sealer, []byte(rawMasterKey)},
	} {
		t.Run(name, func(t *testing.T) {
			shown := make(map[string]string)
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T %[1]v", "%100s"} {
				shown["fmt "+verb] = fmt.Sprintf(verb, test.value)
			}
			shown["print"] = fmt.Sprint(test.value)
			shown["error"] = fmt.Errorf("failed: %v", test.value).Error()
			shown["slice"] = fmt.Sprintf("%v", []any{test.value})
			shown["exported field"] = fmt.Sprintf("%+v", struct{ Held any }{test.value})
			maps.Copy(shown, print(t, map[string]any{"held": test.value}))
			for way, text := range shown {
				if !strings.Contains(text, redaction) {
					t.Errorf("%s does not say %s: %s", way, redaction, text)
				}
			}
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x", "%p", "%t"} {
				shown["itself "+verb] = fmt.Sprintf(verb, test.value)
				shown["unexported field "+verb] = fmt.Sprintf(verb, inUnexportedField{test.value})
				shown["typed fields "+verb] = fmt.Sprintf(verb, typedFields{pat, master, signer, sealer})
			}
			for way, text := range shown {
				refuseBytes(t, way, text, test.bytes)
			}
		})
	}
}

// print shows value in the ways other than fmt.
func print(t *testing.T, value any) map[string]string {
	t.Helper()
	var logText, logJSON, page bytes.Buffer
	slog.New(slog.NewTextHandler(&logText, nil)).Info("x", "value", value)
	slog.New(slog.NewJSONHandler(&logJSON, nil)).Info("x", "value", value)
	marshalled, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	if err := template.Must(template.New("").Parse(`<p>{{.held}}</p>`)).Execute(&page, value); err != nil {
		t.Fatal(err)
	}
	return map[string]string{"slog text": logText.String(), "slog JSON": logJSON.String(), "JSON": string(marshalled), "template": page.String()}
}

// refuseBytes looks for the first eight bytes of secret in every spelling that fmt and encoders have for bytes.
func refuseBytes(t *testing.T, way, text string, secret []byte) {
	t.Helper()
	head := secret[:8]
	for _, spelling := range []string{
		string(head),
		strings.Trim(fmt.Sprint(head), "[]"),
		hex.EncodeToString(head),
		strings.ToUpper(hex.EncodeToString(head)),
		strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%#v", head), "[]byte{"), "}"),
		base64.StdEncoding.EncodeToString(head)[:8],
	} {
		if strings.Contains(text, spelling) {
			t.Errorf("%s shows %s: %s", way, spelling, text)
		}
	}
}

func TestSecretReveal(t *testing.T) {
	if got := Conceal("known").Reveal(); got != "known" {
		t.Errorf("Reveal = %q", got)
	}
	if got := (Secret{}).Reveal(); got != "" {
		t.Errorf("zero Reveal = %q", got)
	}
}

func BenchmarkHash(b *testing.B) {
	secret := NewClientSecret().Reveal()
	stored := sha256.Sum256([]byte(secret))
	b.ReportAllocs()
	for b.Loop() {
		if !Equal(Hash(secret), stored) {
			b.Fatal("differs")
		}
	}
}

func BenchmarkLooksLikePAT(b *testing.B) {
	pat := NewPAT().Reveal()
	b.ReportAllocs()
	for b.Loop() {
		if !LooksLikePAT(pat) {
			b.Fatal("refused")
		}
	}
}

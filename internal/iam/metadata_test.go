package iam

import (
	"fmt"
	"strings"
	"testing"
)

func TestCheckMetadata(t *testing.T) {
	many := func(n int) []MetadataEntry {
		out := make([]MetadataEntry, n)
		for i := range out {
			out[i] = MetadataEntry{Key: fmt.Sprint("k", i), Value: []byte("v")}
		}
		return out
	}
	one := func(key string, size int) []MetadataEntry {
		return []MetadataEntry{{Key: key, Value: make([]byte, size)}}
	}
	for _, test := range []struct {
		name    string
		entries []MetadataEntry
		field   Field // "": allowed
	}{
		{"one", one("k", 1), ""},
		{"empty value", one("k", 0), ""},
		{"longest", one(strings.Repeat("ä", MaxName), MaxMetadataValue), ""},
		{"most", many(MaxMetadataAtOnce), ""},
		{"case", append(one("k", 1), one("K", 1)...), ""},
		{"spaces and colons", one("urn:x y/z", 1), ""},
		{"none", nil, FieldKey},
		{"too many", many(MaxMetadataAtOnce + 1), FieldKey},
		{"no key", one("", 1), FieldKey},
		{"blank key", one(" ", 1), FieldKey},
		{"long key", one(strings.Repeat("ä", MaxName+1), 1), FieldKey},
		{"control character", one("a\x00", 1), FieldKey},
		{"not UTF-8", one("\xff", 1), FieldKey},
		{"long value", one("k", MaxMetadataValue+1), FieldValue},
		{"twice", append(one("k", 1), one("k", 2)...), FieldKey},
	} {
		err := CheckMetadata(test.entries)
		if (err == nil) != (test.field == "") || err != nil && !Is(err, InvalidArgument) || FieldOf(err) != test.field {
			t.Errorf("%s: %v at %q", test.name, err, FieldOf(err))
		}
	}
	for _, use := range []MetadataUse{{MaxMetadataEntries + 1, 0}, {1, MaxMetadataSize + 1}} {
		if err := use.Check(); !Is(err, FailedPrecondition) {
			t.Errorf("%+v: %v", use, err)
		}
	}
	if err := (MetadataUse{MaxMetadataEntries, MaxMetadataSize}).Check(); err != nil {
		t.Error(err)
	}
}

func TestCheckDomain(t *testing.T) {
	label := strings.Repeat("a", maxLabel)
	long := strings.Join([]string{label, label, label, label[:61]}, ".")
	for domain, want := range map[string]string{
		"example.com": "example.com", "EXAMPLE.Com": "example.com", "a.b.c.d": "a.b.c.d", "xn--mnchen-3ya.de": "xn--mnchen-3ya.de",
		"1.example.com": "1.example.com", "a-b.c--d.com": "a-b.c--d.com", label + ".com": label + ".com", long: long,
		"notid.example.test": "notid.example.test", "example.test": "example.test",
		"": "", "com": "", ".": "", ".com": "", "a..com": "", "example.com.": "", "-a.com": "", "a-.com": "", "a_b.com": "",
		"a b.com": "", "münchen.de": "", "\u212aelvin.com": "", "a.com\x00": "", "1.2.3.4": "", "a.1": "", "[::1]": "",
		label + "a.com": "", long + "a": "", "*.example.com": "", "https://example.com": "", "example.com:80": "", "a@example.com": "",
		"id.example.test": "", "ID.example.TEST": "", "org.id.example.test": "",
	} {
		got, err := CheckDomain(domain, "id.Example.test")
		if got != want || (err == nil) != (want != "") || err != nil && (!Is(err, InvalidArgument) || FieldOf(err) != FieldDomain) {
			t.Errorf("%q: %q, %v", domain, got, err)
		}
	}
}

func FuzzCheckDomain(f *testing.F) {
	for _, s := range []string{"example.com", "a.-", "\xff.com", "A.B", strings.Repeat("a.", 200)} {
		f.Add(s, "id.example.com")
	}
	f.Fuzz(func(t *testing.T, domain, host string) {
		folded, err := CheckDomain(domain, host)
		if err != nil {
			return
		}
		if folded != strings.ToLower(domain) || len(folded) > MaxDomain || folded == Fold(host) {
			t.Errorf("%q became %q at %q", domain, folded, host)
		}
		if again, err := CheckDomain(folded, host); again != folded || err != nil {
			t.Errorf("%q became %q, then %q, %v", domain, folded, again, err)
		}
	})
}

package keyring

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"golang.org/x/crypto/bcrypt"
)

// knownHash is the test vector of the Argon2 reference implementation for "password" and "somesalt" with 64 MiB and
// two passes.
const knownHash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"

// cheapHash names a cost that makes tests quick.
func cheapHash(pw string) string {
	h := passwordHash{memory: 8, time: 1, lanes: 1, salt: []byte("saltsalt")}
	h.tag = h.compute(pw, 32)
	return h.String()
}

func TestHashPassword(t *testing.T) {
	const pw = "correct horse ä"
	phc := HashPassword(pw)
	if !regexp.MustCompile(`^\$argon2id\$v=19\$m=19456,t=2,p=1\$[0-9A-Za-z+/]{22}\$[0-9A-Za-z+/]{43}$`).MatchString(phc) {
		t.Errorf("form: %s", phc)
	}
	if HashPassword(pw) == phc {
		t.Error("the same salt twice")
	}
	for typed, want := range map[string]bool{"": false, "correct horse a": false, pw + " ": false, pw: true} {
		if VerifyPassword(phc, typed) != want {
			t.Errorf("%q: want %v", typed, want)
		}
	}
}

// A name that no user has is refused at the cost of one that a user has.
func TestVerifyNobodyCostsTheSame(t *testing.T) {
	nobody, err := parsePasswordHash(nobodyHash)
	if err != nil {
		t.Fatal(err)
	}
	somebody, err := parsePasswordHash(HashPassword("correct horse"))
	if err != nil {
		t.Fatal(err)
	}
	if nobody.memory != somebody.memory || nobody.time != somebody.time || nobody.lanes != somebody.lanes ||
		len(nobody.salt) != len(somebody.salt) || len(nobody.tag) != len(somebody.tag) {
		t.Errorf("nobody's hash %s, somebody's %s", nobody, somebody)
	}
	hasher := NewPasswordHasher(1)
	if err := hasher.VerifyNobody(t.Context(), "correct horse"); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := hasher.VerifyNobody(ctx, "correct horse"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestVerifyPasswordReadsCosts(t *testing.T) {
	if !VerifyPassword(knownHash, "password") {
		t.Error("the known hash does not verify")
	}
	if VerifyPassword(knownHash, "Password") {
		t.Error("another password verifies")
	}
	if VerifyPassword(strings.Replace(knownHash, "t=2", "t=1", 1), "password") {
		t.Error("the number of passes does not count")
	}
}

func TestVerifyPasswordRefuses(t *testing.T) {
	cheap := cheapHash("pw")
	if !VerifyPassword(cheap, "pw") {
		t.Fatal("the base of this table does not verify")
	}
	replace := func(old, new string) string {
		changed := strings.Replace(cheap, old, new, 1)
		if changed == cheap {
			t.Fatalf("%q is not in %s", old, cheap)
		}
		return changed
	}
	for name, phc := range map[string]string{
		"nothing":         "",
		"plain text":      "pw",
		"dollars":         "$$$$$",
		"argon2i":         replace("argon2id", "argon2i"),
		"version 16":      replace("v=19", "v=16"),
		"no memory":       replace("m=8", "m=0"),
		"little memory":   replace("m=8", "m=7"),
		"absurd memory":   replace("m=8", "m=262145"),
		"overflow":        replace("m=8", "m=4294967304"),
		"negative":        replace("m=8", "m=-8"),
		"leading zero":    replace("m=8", "m=08"),
		"plus":            replace("m=8", "m=+8"),
		"no passes":       replace("t=1", "t=0"),
		"absurd passes":   replace("t=1", "t=4294967295"),
		"absurd work":     replace("m=8,t=1", "m=262144,t=5"),
		"no lanes":        replace("p=1", "p=0"),
		"257 lanes":       replace("p=1", "p=257"),
		"lanes > memory":  replace("p=1", "p=2"),
		"other order":     replace("m=8,t=1", "t=1,m=8"),
		"missing cost":    replace(",p=1", ""),
		"fourth cost":     replace(",p=1", ",p=1,x=1"),
		"short salt":      replace("c2FsdHNhbHQ", "c2FsdHNhbA"),
		"no salt":         replace("c2FsdHNhbHQ", ""),
		"padded salt":     replace("c2FsdHNhbHQ", "c2FsdHNhbHQ="),
		"broken salt":     replace("c2FsdHNhbHQ", "c2Fs\nHNhbHQ"),
		"long salt":       replace("c2FsdHNhbHQ", strings.Repeat("AAAA", 22)),
		"no tag":          cheap[:strings.LastIndexByte(cheap, '$')+1],
		"short tag":       cheap[:strings.LastIndexByte(cheap, '$')+5],
		"long tag":        cheap[:strings.LastIndexByte(cheap, '$')+1] + strings.Repeat("AAAA", 22),
		"trailing":        cheap + "$",
		"trailing break":  cheap + "\n",
		"leading garbage": "x" + cheap,
	} {
		if VerifyPassword(phc, "pw") {
			t.Errorf("%s: %s verifies", name, phc)
		}
		if CheckPasswordHash(phc) == nil {
			t.Errorf("%s: %s is accepted", name, phc)
		}
	}
}

func TestBcrypt(t *testing.T) {
	made, err := bcrypt.GenerateFromPassword([]byte("correct horse"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	hash := string(made)
	for _, minor := range []string{"a", "b", "y"} {
		same := "$2" + minor + hash[3:]
		if CheckPasswordHash(same) != nil || !IsForeignHash(same) || !VerifyPassword(same, "correct horse") || VerifyPassword(same, "correct horses") {
			t.Errorf("$2%s$ is not verified as it should be", minor)
		}
	}
	for name, bad := range map[string]string{
		"no minor version": "$2" + hash[3:], "another minor version": "$2x" + hash[3:], "another version": "$3a" + hash[3:],
		"too cheap": hash[:4] + "03" + hash[6:], "too dear": hash[:4] + "15" + hash[6:], "absurd": hash[:4] + "31" + hash[6:],
		"a sign": hash[:4] + "+9" + hash[6:], "no cost": hash[:4] + "xx" + hash[6:], "a strange digit": hash[:59] + "=",
		"cut": hash[:59], "longer": hash + "a", "a line break": hash[:59] + "\n", "before it": " " + hash[:59], "only the prefix": "$2a$10$",
	} {
		if CheckPasswordHash(bad) == nil || IsForeignHash(bad) || VerifyPassword(bad, "correct horse") {
			t.Errorf("%s: %s is accepted", name, bad)
		}
	}
	if IsForeignHash(HashPassword("pw")) || !IsForeignHash(cheapHash("pw")) || CheckPasswordHash(cheapHash("pw")) != nil {
		t.Error("an Argon2id hash is not taken for one")
	}
}

// What is stored may be dearer than what can be imported from now on.
func TestDearHashes(t *testing.T) {
	const salted = "$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	rest := "$" + strings.Repeat("a", 53)
	for _, test := range []struct {
		hash     string
		imported bool
	}{
		{"$argon2id$v=19$m=65536,t=2,p=1" + salted, true},
		{"$argon2id$v=19$m=65537,t=1,p=1" + salted, false},
		{"$argon2id$v=19$m=65536,t=3,p=1" + salted, false},
		{"$argon2id$v=19$m=262144,t=4,p=1" + salted, false},
		{"$2a$12" + rest, true},
		{"$2a$13" + rest, false},
		{"$2a$14" + rest, false},
	} {
		if err := CheckPasswordHash(test.hash); (err == nil) != test.imported {
			t.Errorf("%s: %v", test.hash, err)
		}
		if !IsForeignHash(test.hash) { // else nothing could be verified with it
			t.Errorf("%s is not known", test.hash)
		}
	}
}

// What is accepted is bounded in cost, whoever made it.
func FuzzCheckPasswordHash(f *testing.F) {
	f.Add(knownHash)
	f.Add("$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy")
	f.Fuzz(func(t *testing.T, hash string) {
		if CheckPasswordHash(hash) != nil {
			if len(hash) <= bcryptSize && !IsForeignHash(hash) && VerifyPassword(hash, "") {
				t.Fatalf("%q verifies", hash)
			}
			return
		}
		if cost, err := bcrypt.Cost([]byte(hash)); err == nil && cost > maxImportBcrypt {
			t.Fatalf("%q has the cost %d", hash, cost)
		}
	})
}

func FuzzParsePasswordHash(f *testing.F) {
	f.Add(knownHash)
	f.Add(cheapHash("pw"))
	f.Add("$argon2id$v=19$m=,t=,p=$$")
	f.Fuzz(func(t *testing.T, phc string) {
		h, err := parsePasswordHash(phc)
		if err != nil {
			return
		}
		if h.String() != phc || uint64(h.memory)*uint64(h.time) > maxPasswordWork || h.memory > maxPasswordMemory {
			t.Fatalf("%q: %+v", phc, h)
		}
	})
}

func TestPasswordHasherBoundsConcurrency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hasher := NewPasswordHasher(2)
		phc := cheapHash("pw")
		for range 2 {
			if err := hasher.acquire(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		done := make(chan bool, 1)
		go func() {
			ok, err := hasher.Verify(t.Context(), phc, "pw")
			done <- ok && err == nil
		}()
		synctest.Wait()
		if len(done) != 0 {
			t.Fatal("a third ran beside two")
		}
		ctx, cancel := context.WithCancel(t.Context())
		left := make(chan error, 1)
		go func() {
			_, err := hasher.Hash(ctx, "pw")
			left <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("one who leaves the queue: %v", err)
		}
		hasher.release()
		if !<-done {
			t.Error("the queued one did not verify")
		}
	})
}

func TestPasswordHasher(t *testing.T) {
	hasher := NewPasswordHasher(0)
	phc, err := hasher.Hash(t.Context(), "pw")
	if err != nil {
		t.Fatal(err)
	}
	for typed, want := range map[string]bool{"": false, "px": false, "pw": true} {
		if ok, err := hasher.Verify(t.Context(), phc, typed); err != nil || ok != want {
			t.Errorf("%q: %v, %v", typed, ok, err)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 { // a slot is free: only the check before the select refuses each time
		if _, err := hasher.Verify(gone, phc, "pw"); !errors.Is(err, context.Canceled) {
			t.Fatalf("a caller who is gone: %v", err)
		}
	}
}

func BenchmarkHashPassword(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		HashPassword("correct horse")
	}
}

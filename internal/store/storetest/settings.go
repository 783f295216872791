package storetest

import (
	"context"
	"slices"
	"testing"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// settings tries what is kept as a whole under a name.
func settings(t *testing.T, db *store.DB) {
	ctx := t.Context()
	const name = iam.SettingName("a.name")
	type value struct {
		Text string
		List []string
	}
	var got value
	_, err := db.Read().Setting(ctx, name, &got)
	wantKind(t, "never set", err, iam.NotFound)
	remove := func(tx *store.Tx) error { return tx.RemoveSetting(name) }
	wantKind(t, "remove what was never set", try(t, db, remove), iam.NotFound)
	var before, after iam.Meta
	first, second := value{Text: `"Ä'\n`, List: []string{"b", "a"}}, value{}
	write(t, db, func(tx *store.Tx) (err error) { before, err = tx.SetSetting(name, first, iam.Meta{}); return err })
	read, err := db.Read().Setting(ctx, name, &got)
	wantEqual(t, "what was set", got, first, err)
	wantEqual(t, "when it was set", read, before, nil)
	write(t, db, func(tx *store.Tx) (err error) { after, err = tx.SetSetting(name, second, before); return err })
	got = value{}
	read, err = db.Read().Setting(ctx, name, &got)
	wantEqual(t, "what was set again", got, second, err)
	wantEqual(t, "when it was set again", read, after, nil)
	if after.Created != before.Created || after.Sequence <= before.Sequence {
		t.Errorf("set at %+v, then at %+v", before, after)
	}
	write(t, db, remove)
	_, err = db.Read().Setting(ctx, name, &got)
	wantKind(t, "removed", err, iam.NotFound)
}

func trustedDomainNoun() noun {
	d := &iam.TrustedDomain{Domain: "www.example"}
	return noun{
		name: "trusted domain", value: d, hasNoSet: true,
		add:    func(tx *store.Tx) error { return tx.AddTrustedDomain(d) },
		remove: func(tx *store.Tx) error { return tx.RemoveTrustedDomain(d.Domain) },
		find:   func(ctx context.Context, r store.Reader) (any, error) { return found(r.TrustedDomain(ctx, d.Domain)) },
		total: func(ctx context.Context, r store.Reader) (uint64, error) {
			return counted(r.TrustedDomains(ctx, iam.FieldDomain.Is(d.Domain), page))
		},
	}
}

// trustedDomains tries the list: its filters, its orders and its pages.
func trustedDomains(t *testing.T, db *store.DB) {
	for _, name := range []string{"b.example", "c.example", "a.test"} {
		write(t, db, func(tx *store.Tx) error { return tx.AddTrustedDomain(&iam.TrustedDomain{Domain: name}) })
	}
	names := func(f iam.Filter, p iam.Page) []string {
		t.Helper()
		l, err := db.Read().TrustedDomains(t.Context(), f, p)
		if err != nil {
			t.Fatal(err)
		}
		out := []string{}
		for _, d := range l.Items {
			out = append(out, d.Domain)
		}
		return out
	}
	for what, test := range map[string]struct {
		f    iam.Filter
		p    iam.Page
		want []string
	}{
		"all, as added":     {iam.Filter{}, iam.Page{Limit: 9, Asc: true}, []string{"b.example", "c.example", "a.test"}},
		"all, newest first": {iam.Filter{}, iam.Page{Limit: 9}, []string{"a.test", "c.example", "b.example"}},
		"by domain":         {iam.Filter{}, iam.Page{Limit: 9, Asc: true, SortBy: iam.FieldDomain}, []string{"a.test", "b.example", "c.example"}},
		"by creation":       {iam.Filter{}, iam.Page{Limit: 1, SortBy: iam.FieldCreated}, []string{"a.test"}},
		"a page":            {iam.Filter{}, iam.Page{Limit: 1, Offset: 1, Asc: true}, []string{"c.example"}},
		"some":              {iam.Filter{Field: iam.FieldDomain, Match: iam.EndsWithFold, Text: ".EXAMPLE"}, iam.Page{Limit: 9, Asc: true}, []string{"b.example", "c.example"}},
	} {
		if got := names(test.f, test.p); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", what, got, test.want)
		}
	}
}

package storetest

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

func addMetadata(m iam.Metadata) func(*store.Tx) error {
	if m.Value == nil {
		m.Value = []byte("v")
	}
	return func(tx *store.Tx) error { return tx.AddMetadata(&m) }
}

func addDomain(d iam.OrgDomain) func(*store.Tx) error {
	return func(tx *store.Tx) error { return tx.AddOrgDomain(&d) }
}

// metadata is told apart by its owner and the case of its key, counted and
// claimed in bytes, and goes with its owner.
func metadata(t *testing.T, db *store.DB) {
	populate(t, db)
	ctx := t.Context()
	for _, m := range []iam.Metadata{
		{Level: iam.MetadataOfUser, OwnerID: "ua", Key: "Ä", Value: []byte{0, 1}},
		{Level: iam.MetadataOfUser, OwnerID: "ua", Key: "ä", Value: []byte("two")},
		{Level: iam.MetadataOfUser, OwnerID: "ub", Key: "ä"},
		{Level: iam.MetadataOfOrg, OwnerID: "A", Key: "ä"},
	} {
		write(t, db, addMetadata(m))
	}
	wantKind(t, "of no user", try(t, db, addMetadata(iam.Metadata{Level: iam.MetadataOfUser, OwnerID: "none", Key: "k"})), iam.Internal)
	use, err := db.Read().MetadataUse(ctx, iam.MetadataOfUser, "ua")
	wantEqual(t, "use", use, iam.MetadataUse{Entries: 2, Size: len("Ä") + 2 + len("ä") + 3}, err)
	for match, want := range map[iam.Match]uint64{iam.Equals: 1, iam.EqualsFold: 2, iam.Contains: 1, iam.ContainsFold: 2} {
		f := iam.Filter{All: []iam.Filter{
			iam.FieldLevel.Is("user"), iam.FieldResourceID.Is("ua"), {Field: iam.FieldKey, Match: match, Text: "Ä"},
		}}
		l, err := db.Read().MetadataEntries(ctx, everything, f, page)
		wantEqual(t, fmt.Sprint("by match ", match), l.Total, want, err)
	}
	for _, w := range []struct {
		f    iam.Filter
		want []string
	}{
		{iam.WithMetadata(iam.Equals, "ä", nil, false), []string{"ua", "ub"}},
		{iam.WithMetadata(iam.Equals, "Ä", nil, false), []string{"ua"}},
		{iam.WithMetadata(iam.StartsWith, "", []byte{0, 1}, false), []string{"ua"}},
		{iam.WithMetadata(iam.StartsWith, "", []byte("v"), false), []string{"ub"}},
		{iam.WithMetadata(iam.StartsWith, "", []byte{}, false), []string{}},
		{iam.WithMetadata(iam.EqualsFold, "ä", []byte{0, 1}, true), []string{"ua", "ub"}},
		{iam.WithMetadata(iam.Equals, "ä", []byte{0, 1}, false), []string{}},
	} {
		wantEqual(t, fmt.Sprintf("users by %+v", w.f), users(t, db, w.f, iam.Page{Limit: 9, Asc: true, SortBy: iam.FieldID}), w.want, nil)
	}
	for _, f := range []iam.Filter{
		{Field: iam.FieldMetadata, Values: []string{"x"}},
		{Field: iam.FieldMetadata, Values: []string{"true", "x"}},
		iam.FieldMetadata.In([]string{"true", "00"}),
		{Field: iam.FieldMetadata, Match: iam.After},
	} {
		_, err := db.Read().Users(ctx, everything, f, page)
		wantKind(t, fmt.Sprintf("users by %+v", f), err, iam.InvalidArgument)
	}
	claimed, err := db.Read().ClaimedMetadata(ctx, "ua")
	if err != nil || !reflect.DeepEqual(claimed, []iam.MetadataEntry{{Key: "Ä", Value: []byte{0, 1}}, {Key: "ä", Value: []byte("two")}}) {
		t.Errorf("claimed %v, %v", claimed, err)
	}
	rest := iam.MaxClaimedMetadata - use.Size - 1
	write(t, db, addMetadata(iam.Metadata{Level: iam.MetadataOfUser, OwnerID: "ua", Key: "k", Value: []byte(strings.Repeat("x", rest))}))
	claimed, err = db.Read().ClaimedMetadata(ctx, "ua")
	wantEqual(t, "claimed, all that is possible", len(claimed), 3, err)
	write(t, db, func(tx *store.Tx) error {
		return tx.SetMetadata(&iam.Metadata{Level: iam.MetadataOfUser, OwnerID: "ua", Key: "k", Value: []byte(strings.Repeat("x", rest+1))})
	})
	_, err = db.Read().ClaimedMetadata(ctx, "ua")
	wantKind(t, "too much to claim", err, iam.FailedPrecondition)
	claimed, err = db.Read().ClaimedMetadata(ctx, "none")
	wantEqual(t, "claimed by nobody", len(claimed), 0, err)

	write(t, db, func(tx *store.Tx) error { return tx.RemoveUser("ua") })
	l, err := db.Read().MetadataEntries(ctx, everything, iam.Filter{}, page)
	wantEqual(t, "without the user", l.Total, 2, err)
	write(t, db, func(tx *store.Tx) error { return tx.RemoveOrg("A") })
	l, err = db.Read().MetadataEntries(ctx, everything, iam.Filter{}, page)
	wantEqual(t, "without the organization", l.Total, 1, err)
}

// domains are claimed by many organizations and verified by one. Only verified
// ones find an organization.
func domains(t *testing.T, db *store.DB) {
	populate(t, db)
	ctx := t.Context()
	const shared = "shared.example.com"
	write(t, db, all(addDomain(iam.OrgDomain{OrgID: "A", Domain: shared}), addDomain(iam.OrgDomain{OrgID: "B", Domain: shared})))
	_, err := db.Read().OrgByDomain(ctx, shared)
	wantKind(t, "by a domain that nobody proved", err, iam.NotFound)
	verify := func(orgID string) error {
		return try(t, db, func(tx *store.Tx) error {
			return tx.SetOrgDomain(&iam.OrgDomain{OrgID: orgID, Domain: shared, Verified: true})
		})
	}
	wantKind(t, "again", try(t, db, addDomain(iam.OrgDomain{OrgID: "A", Domain: shared})), iam.AlreadyExists)
	if err := verify("A"); err != nil {
		t.Fatal(err)
	}
	wantKind(t, "the other's", verify("B"), iam.AlreadyExists)
	o, err := db.Read().OrgByDomain(ctx, shared)
	wantEqual(t, "by domain", o.ID, "A", err)
	for text, want := range map[string][]string{"shared": {"A"}, "EXAMPLE": {"A", "B"}, "none": nil} {
		l, err := db.Read().Orgs(ctx, everything, iam.Filter{Field: iam.FieldDomain, Match: iam.ContainsFold, Text: text}, page)
		wantEqual(t, "by "+text, fmt.Sprint(ids(l.Items, func(o iam.Org) string { return o.ID })), fmt.Sprint(want), err)
	}
	// As long as another domain is primary, the one that follows from the name has a row.
	write(t, db, all(addDomain(iam.OrgDomain{OrgID: "A", Domain: "A.example", Verified: true}), func(tx *store.Tx) error {
		o.PrimaryDomain = shared
		return tx.SetOrg(&o)
	}))
	l, err := db.Read().OrgDomains(ctx, everything, iam.FieldOrgID.Is("A"), iam.Page{Limit: 10, Asc: true, SortBy: iam.FieldDomain})
	shown := ids(l.Items, func(d iam.OrgDomain) string { return fmt.Sprintf("%s %t %t", d.Domain, d.Verified, d.Primary) })
	wantEqual(t, "domains", strings.Join(shown, ", "), "A.example true false, shared.example.com true true", err)
	wantEqual(t, "total", l.Total, 2, err)
	write(t, db, func(tx *store.Tx) error { return tx.RemoveOrg("A") })
	if err := verify("B"); err != nil {
		t.Errorf("what nobody holds any more: %v", err)
	}
}

package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

func addApplication(a iam.Application) func(*store.Tx) error {
	if a.Name == "" {
		a.Name = "Application " + a.ID
	}
	if a.ClientID == "" {
		a.ClientID = "client of " + a.ID
	}
	if a.Type == "" {
		a.Type, a.AuthMethod = iam.API, iam.AuthPrivateKeyJWT
	}
	a.State = iam.Active
	return func(tx *store.Tx) error { return tx.AddApplication(&a) }
}

func addApplicationKey(k iam.ApplicationKey) func(*store.Tx) error {
	k.PublicKey = []byte("key " + k.ID)
	return func(tx *store.Tx) error { return tx.AddApplicationKey(&k) }
}

// applicationNouns are one application of each type and a key, next to the
// populated objects and application "qa" of project pa.
func applicationNouns() []noun {
	api := &iam.Application{
		ID: "Q", ProjectID: "pa", OrgID: "A", Name: "Größe", State: iam.Active, Type: iam.API, ClientID: "42",
		AuthMethod: iam.AuthBasic, Secret: []byte{0, 255, 1},
	}
	oidc := &iam.Application{
		ID: "W", ProjectID: "pb", OrgID: "B", Name: "größe", State: iam.Active, Type: iam.OIDC, ClientID: "43", AuthMethod: iam.AuthNone,
		OIDC: iam.OIDCConfig{
			RedirectURIs: []string{"https://ö.example/?a='\"", "b:/"}, ResponseTypes: []iam.ResponseType{iam.ResponseIDTokenToken},
			GrantTypes: []iam.GrantType{iam.GrantImplicit}, Profile: iam.NativeApplication, PostLogoutURIs: []string{"c:/"}, DevMode: true,
			AccessTokenType: iam.JWTToken, AccessTokenRoleAssertion: true, IDTokenRoleAssertion: true, IDTokenUserinfoAssertion: true,
			ClockSkew: 1234567890, AdditionalOrigins: []string{"d://e"}, SkipNativeSuccessPage: true, BackChannelLogoutURI: "https://f",
			LoginVersion: iam.Login2, LoginBaseURI: "https://g",
		},
	}
	key := &iam.ApplicationKey{
		ID: "K", ApplicationID: "qa", ProjectID: "pa", OrgID: "A", PublicKey: []byte{0, 255, 2},
		Expires: time.Date(2031, 1, 2, 3, 4, 5, 0, time.UTC),
	}
	application := func(a *iam.Application, change func()) noun {
		return noun{
			name: "application " + string(a.Type), value: a, change: change,
			add: func(tx *store.Tx) error { return tx.AddApplication(a) }, set: func(tx *store.Tx) error { return tx.SetApplication(a) },
			remove: func(tx *store.Tx) error { return tx.RemoveApplication(a.ID) },
			find:   func(ctx context.Context, r store.Reader) (any, error) { return found(r.Application(ctx, a.ID)) },
			total: func(ctx context.Context, r store.Reader) (uint64, error) {
				return counted(r.Applications(ctx, everything, iam.FieldClientID.Is(a.ClientID), page))
			},
		}
	}
	return []noun{
		application(api, func() {
			api.Name, api.State, api.AuthMethod, api.Secret = "Other", iam.Inactive, iam.AuthPrivateKeyJWT, nil
		}),
		application(oidc, func() { oidc.OIDC = iam.OIDCConfig{}.WithDefaults() }),
		{
			name: "application key", value: key, hasNoSet: true,
			add:    func(tx *store.Tx) error { return tx.AddApplicationKey(key) },
			remove: func(tx *store.Tx) error { return tx.RemoveApplicationKey("K") },
			find:   func(ctx context.Context, r store.Reader) (any, error) { return found(r.ApplicationKey(ctx, "K")) },
			total: func(ctx context.Context, r store.Reader) (uint64, error) {
				return counted(r.ApplicationKeys(ctx, everything, iam.FieldID.Is("K"), page))
			},
		},
	}
}

// applications walks applications and their keys through their lives, and tries
// what must be unique and what goes with what.
func applications(t *testing.T, db *store.DB) {
	populate(t, db)
	write(t, db, all(
		addApplication(iam.Application{ID: "qa", ProjectID: "pa", Name: "Straße", ClientID: "77"}),
		addApplication(iam.Application{ID: "qb", ProjectID: "pb"}),
		addApplicationKey(iam.ApplicationKey{ID: "ka", ApplicationID: "qa"}), addApplicationKey(iam.ApplicationKey{ID: "kb", ApplicationID: "qb"}),
	))
	for _, n := range applicationNouns() {
		t.Run(n.name, func(t *testing.T) { n.live(t, db) })
	}
	rename := func(tx *store.Tx) error {
		u, err := tx.User(t.Context(), "ua")
		if err != nil {
			return err
		}
		u.UserName = "77"
		return tx.SetUser(&u)
	}
	for name, add := range map[string]func(*store.Tx) error{
		"name folded":         addApplication(iam.Application{ID: "x", ProjectID: "pa", Name: "STRA\u1e9eE"}),
		"id elsewhere":        addApplication(iam.Application{ID: "qa", ProjectID: "pb"}),
		"client_id":           addApplication(iam.Application{ID: "x", ProjectID: "pb", ClientID: "77"}),
		"client_id of a user": addUser(iam.User{ID: "x", OrgID: "B", UserName: "77"}),
		"renamed to it":       rename,
		"key id":              addApplicationKey(iam.ApplicationKey{ID: "ka", ApplicationID: "qb"}),
	} {
		wantKind(t, name, try(t, db, add), iam.AlreadyExists)
	}
	write(t, db, addApplication(iam.Application{ID: "name elsewhere", ProjectID: "pb", Name: "Straße"}))
	for id, want := range map[string]bool{"77": true, "ua": true, "UA": true, "78": false, "": false} {
		taken, err := db.Read().ClientIDTaken(t.Context(), id)
		wantEqual(t, "client_id "+id+" is taken", taken, want, err)
	}
	ctx := t.Context()
	keys := func() []string {
		l, err := db.Read().ApplicationKeys(ctx, everything, iam.Filter{}, iam.Page{Limit: 10, Asc: true, SortBy: iam.FieldExpires})
		if err != nil {
			t.Fatal(err)
		}
		return ids(l.Items, func(k iam.ApplicationKey) string { return k.ID })
	}
	write(t, db, addApplicationKey(iam.ApplicationKey{ID: "kz", ApplicationID: "qb", Expires: page2030}))
	wantEqual(t, "keys by expiry, never last", keys(), []string{"kz", "ka", "kb"}, nil)
	write(t, db, func(tx *store.Tx) error { return tx.RemoveApplication("qa") })
	wantEqual(t, "keys after the application", keys(), []string{"kz", "kb"}, nil)
	write(t, db, func(tx *store.Tx) error { return tx.RemoveOrg("B") })
	l, err := db.Read().Applications(ctx, everything, iam.Filter{}, page)
	wantEqual(t, "applications after the organizations", l.Total, 0, err)
	wantEqual(t, "keys after the organizations", keys(), nil, nil)
}

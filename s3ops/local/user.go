package local

import (
	"crypto/rand"
	"maps"
	"slices"
	"sync"

	"github.com/versity/versitygw/auth"

	"weft/config"
)

// users are the accounts of a server: root, who may do everything, and those that
// were added, who may do what the bucket's policy allows them. A policy names
// them by their access key.
type users struct {
	auth.IAMService // root alone; it refuses to have accounts made through the server

	mu    sync.Mutex
	added map[string]auth.Account
}

func newUsers(root auth.Account) *users {
	return &users{IAMService: auth.NewIAMServiceSingle(root), added: map[string]auth.Account{}}
}

// GetUserAccount finds an account by its access key.
func (u *users) GetUserAccount(access string) (auth.Account, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if a, ok := u.added[access]; ok {
		return a, nil
	}
	return u.IAMService.GetUserAccount(access)
}

// ResolveAccounts gives those access keys that nobody has.
func (u *users) ResolveAccounts(keys []string) ([]string, error) {
	u.mu.Lock()
	known := slices.Collect(maps.Keys(u.added))
	u.mu.Unlock()
	return u.IAMService.ResolveAccounts(slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return slices.Contains(known, k) }))
}

// AddUser makes a user of this server, who is gone when it ends. At first nothing
// is allowed to them; a policy of the bucket may, to the Principal {"AWS": access key}.
func (s *Server) AddUser() config.Credentials {
	a := auth.Account{Access: "WEFT" + rand.Text()[:16], Secret: rand.Text() + rand.Text(), Role: auth.RoleUser}
	s.users.mu.Lock()
	defer s.users.mu.Unlock()
	s.users.added[a.Access] = a
	return config.Credentials{AccessKeyID: a.Access, SecretAccessKey: config.Secret(a.Secret)}
}

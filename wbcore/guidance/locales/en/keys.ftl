goal-orders = Import orders (FBS, DBS, DBW, pick-up)
goal-statistics = Import order statistics
goal-feed = Import the feed of all orders
jobs-demo-shop = Learning shop
jobs-demo-statistics = Learning shop, statistics only
page-token-health-title = Token health
page-key-name = Name
page-key-name-example = For example: My shop
page-key-name-empty = Give the key a name, to tell it from others.
page-key-name-taken = There is a key “{ $name }” already. Choose another name, or replace that key's token.
page-key-token = Token
page-key-token-help = The cabinet shows a token once, when it is made. Here it is stored encrypted and shown nowhere.
page-key-check = Check and save
page-key-checking = Checking the token…
page-key-saved = Key “{ $name }” is checked and saved.
page-key-saved-unverified = Key “{ $name }” is saved, but could not be checked now; the reason is below.
page-key-not-saved = The key was not saved.
page-key-categories = Categories: { $names }
page-key-read-only = Read only
page-key-expired = expired on { $at }
page-key-expires =
    until { $at }, { $days ->
        [0] the last day
        [one] { $days } day left
       *[other] { $days } days left
    }
page-key-replace = Replace token
page-key-replace-for = A new token for key “{ $name }”. Orders and history stay. The former token stays if the new one can't be read, has expired, is another seller's or for another environment, or Wildberries does not take it. If Wildberries does not answer, the new one is saved unchecked.
page-key-rename = Rename
page-key-remove = Remove
page-key-remove-sure = Remove key “{ $name }” and its token? Imported orders and the history of imports stay.
page-key-remove-yes = Yes, remove
page-key-seller-unknown = The seller is not known yet
page-key-verified = Wildberries took the token at { $at }
page-key-unverified = not checked with Wildberries yet
page-key-unknown-bits = The token has categories that WB Desk does not know yet: { $bits }
page-keys-saved = Saved keys: { $count }
page-demo-remove = Remove the learning cabinet
page-token-which = Which token do I need?
page-token-goal = What do you want to do
page-token-where = Open “API Integrations” in the seller's cabinet and choose as in the picture:
page-token-kind = Type of token: { $kind }. It is for programs on your own computer; don't give it to somebody else's service.
page-token-read-only = WB Desk only reads, so “Read Only” is safer.
page-token-writes = The former token could write, too. WB Desk only reads; if nothing else uses this token, choose “Read Only”.
page-token-no-goal = Choose what you want to do.
page-token-instead = In place of the token of key
page-token-instead-none = A new key
page-token-kind-test = Token type: { $kind }. It opens Wildberries' test environment only.

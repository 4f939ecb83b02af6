
### Command line

cli-help = WB Desk: Wildberries API keys, orders and token health. Output is for people; with --json it is one JSON document.
cli-help-json = Print one JSON document, for programs.
cli-help-key = Name of the key.
cli-help-from = From this day, included.
cli-help-to = To this day, included.
cli-help-token = Read a token without sending anything.
cli-help-token-inspect = Read a token from stdin or the variable WB_TOKEN. Sends nothing and keeps nothing.
cli-help-keys = Keys: tokens under names of their own.
cli-help-key-name = Name of the key, any.
cli-help-key-add = Check a token from stdin or the variable WB_TOKEN and store it encrypted.
cli-help-replace = Replace the token of the key of that name.
cli-help-key-list = Show the keys: seller, categories, type, days left.
cli-help-key-remove = Remove a key and its token. Orders and the import history stay.
cli-help-yes = Remove without asking.
cli-help-doctor = Check what the keys can do now and what stands in the way.
cli-help-import = Import orders and wait until it is done.
cli-help-source = What to import: new, period, statistics (the statistics report), archive (older than three months).
cli-help-statuses = Ask for the orders' statuses after the import.
cli-help-clients = Import the buyers' data (cross-border orders only).
cli-help-orders = Show or export the imported orders.
cli-help-orders-source = fbs (assembly orders) or statistics (the statistics report).
cli-help-status = Only orders with this status, for example new or sold.
cli-help-limit = At most so many rows. Without it a table shows 50, an export all.
cli-help-format = json, csv, xlsx or parquet; a table without it.
cli-help-out = Write to this file.
cli-help-runs = The import history, newest first.
cli-help-runs-limit = At most so many imports.
cli-help-sandbox = Serve an imitation of Wildberries for learning. The first line of the output: address and tokens, as a JSON document.
cli-help-port = Port; 8899 by default, or any free one if that is taken. 0: any free one.
cli-help-orders-count = How many new orders the imitated seller has.
cli-help-worker = Take queued imports until stopped. There can be any number of workers, on different machines.

cli-token-prompt = Token (not shown while typing):
cli-bad-date = "{ $value }" is not a date. It should look like YYYY-MM-DD, for example 2026-10-22.
cli-dates-swapped = The period starts on { $first } and ends on { $last }, before it starts. Please swap the dates.
cli-future-date = { $day } has not come yet: there are no orders of that day.
cli-dates-not-for-new = New orders are imported all at once, without dates. For a period add --source period.
cli-bad-name = A key's name has 1 to { $longest } ordinary characters.
cli-key-exists = There is a key "{ $name }" already. To replace its token, add --replace.
cli-key-missing = There is no key "{ $name }". List of keys: python -m wbcore key list
cli-say-yes = To remove the key "{ $name }", add --yes.
cli-confirm-remove = Remove the key "{ $name }" and its token?
cli-key-removed = The key "{ $name }" is removed. Its orders and import history stay.
cli-key-saved = The key "{ $name }" is saved.
cli-key-saved-unverified = The key "{ $name }" is saved but not verified: Wildberries does not answer now.
cli-key-not-saved = The key "{ $name }" is not saved.
cli-no-keys = There are no keys yet. To add one: python -m wbcore key add NAME
cli-no-runs = There have been no imports yet.
cli-no-orders = There are no orders yet. To import: python -m wbcore import --key NAME
cli-orders-shown = The first { $count } are shown. For all: --limit, or --format csv --out orders.csv
cli-orders-written = { $rows ->
    [one] { $rows } row is written: { $file }
   *[other] { $rows } rows are written: { $file }
}
cli-format-unknown = It is not clear what format "{ $file }" should have. Add --format json, csv, xlsx or parquet.
cli-port-taken = Port { $port } can't be used ({ $detail }). Give another one: --port NUMBER, or --port 0.
cli-needs-out = { $format } needs a file: add --out NAME or redirect the output to a file.
cli-json-and-format = With --json the output is JSON. For { $format } add --out NAME or leave --json out.
cli-already-running = An import of the key "{ $key }" is running. Wait until it ends, or stop it on the page "Order import".
cli-stopping = Stopping: finishing the current page. What has been imported is kept.

cli-none = none
cli-never = not given
cli-read-only = read only
cli-expires = { $moment } ({ $days ->
    [one] { $days } day left
   *[other] { $days } days left
})
cli-expired = { $moment } (expired)
cli-kind-basic = Basic
cli-kind-test = Test
cli-kind-personal = Personal
cli-kind-service = Service
cli-kind-unknown = Unknown
cli-capability-ok = works
cli-capability-denied = denied
cli-capability-error = error
cli-capability-unknown = unknown
cli-evidence-token = by the token
cli-evidence-probe = checked
cli-latency = { $ms } ms
cli-run-queued = Queued
cli-run-running = Running
cli-run-waiting = Waiting for WB's limit
cli-run-done = Done
cli-run-failed = Failed
cli-run-cancelled = Stopped
cli-source-new = New
cli-source-period = Period
cli-source-statistics = Statistics
cli-source-archive = Archive
cli-source-statuses = Statuses
cli-source-dbs = New DBS
cli-source-dbw = New DBW
cli-source-click_collect = New pick-up
cli-phase-orders = Orders
cli-phase-statuses = Statuses
cli-phase-clients = Buyers
cli-phase-start = Starting
cli-progress = { $fetched } rows, { $requests } requests
cli-progress-wait = waiting for WB's limit: { $seconds } s

cli-column-status = { " " }
cli-column-name = Name
cli-column-seller = Seller
cli-column-kind = Type
cli-column-categories = Categories
cli-column-unknown-bits = Unknown bits
cli-column-expires = Valid until
cli-column-days-left = Days
cli-column-seller-id = Seller id
cli-column-fingerprint = Fingerprint
cli-column-capability = Method
cli-column-started = Started
cli-column-key = Key
cli-column-source = What
cli-column-result = Result
cli-column-fetched = Fetched
cli-column-created = Created
cli-column-updated = Updated
cli-column-unchanged = Unchanged
cli-column-rejected = Unreadable
cli-column-requests = Requests
cli-column-duration = Time
cli-column-waited = Waited for the limit
cli-column-order-id = Order
cli-column-created-at = Created
cli-column-article = Article
cli-column-nm-id = WB article
cli-column-price = Price
cli-column-supplier-status = Seller status
cli-column-wb-status = WB status
cli-column-srid = SRID
cli-column-warehouse = Warehouse
cli-column-region = Region

cli-settings-title = A setting is wrong
cli-settings-summary = Please correct the environment variable or the file .env: { $detail }
cli-secret-key-title = The stored tokens do not open with this encryption key
cli-secret-key-summary = Put the former key file back into the data folder, or the former value of WB_SECRET_KEY. Detail: { $detail }
cli-database-too-new-title = The database is newer than the program
cli-database-too-new-summary = A newer version has worked with this database. Please update the program; the database is untouched. Detail: { $detail }
cli-database-unavailable-title = The database does not answer
cli-database-unavailable-summary = Check WB_DATABASE_URL and the space on the disk, then try again. Detail: { $detail }
cli-no-permission-title = No permission for a file
cli-no-permission-summary = The program can't read or write a file: { $detail }
cli-disk-title = A file could not be read or written
cli-disk-summary = Check the folder and the space on the disk: { $detail }
cli-unexpected-title = It did not work, and the program does not know why
cli-unexpected-summary = The details are in the log in the data folder. Try again; if it does not help, give the log to a developer. { $detail }

### Guidance

unit-day = { $count } { $count ->
    [one] day
   *[other] days
 }
unit-hour = { $count } h
unit-minute = { $count } min
unit-second = { $count } s
moment-unknown = at an unknown time

category-any = any category
category-none = none
kind-basic = Basic
kind-test = Test
kind-personal = Personal
kind-service = Service
kind-unknown = type not stated

method-seller-info = Seller information
method-seller-news = Portal news
method-orders-new = New orders
method-orders-period = Orders of a period
method-orders-status = Order statuses
method-orders-client = Buyers' data
method-orders-archive = Archive of orders
method-statistics-orders = Order statistics
method-orders-dbs-new = New DBS orders
method-orders-dbw-new = New DBW orders
method-orders-click_collect-new = New pick-up orders
method-token = Check of the token

diag-scope_missing-title = The token lacks the category “{ $category }”
diag-scope_missing-summary = Wildberries does not let the token of key “{ $key }” use “{ $method }”: it needs the category “{ $category }”, and the token has: { $present }. A category can't be added to an existing token; a new one is needed.
diag-scope_missing-category_missing = The token of key “{ $key }” can't be used for methods of the category “{ $category }”: it only has: { $present }. A category can't be added to an existing token; a new one is needed.
diag-scope_missing-bits_say_yes = The token has the category “{ $category }”, and Wildberries refuses it all the same. Something seems to have changed at Wildberries: look at the token in the decoder and write to support; the text below is ready.
diag-scope_missing-used_to_work = This token used to work (last at { $worked_until }), and now Wildberries refuses it. It may have been changed or deleted in the seller's cabinet.
diag-scope_missing-other_key_has_it = The token of key “{ $key }” lacks the category “{ $category }”, but another key of yours has it: “{ $other_key }”. You can go on with that one, or make a new token.

diag-wrong_environment-title = The token is for another environment of Wildberries
diag-wrong_environment-summary = Test tokens work in Wildberries' test environment only, ordinary ones in production only.
diag-wrong_environment-test_on_production = This is a test token: it works in Wildberries' test environment only, and “{ $method }” exists in production only. An ordinary token is needed.
diag-wrong_environment-production_on_test = This is an ordinary token, and the request went to Wildberries' test environment. That one needs a test token.

diag-token_expired-title = The token has expired
diag-token_expired-summary = Wildberries no longer takes the token of key “{ $key }”: it has expired. A token lives 180 days, then a new one is needed.
diag-token_expired-said_by_wb = Wildberries no longer takes the token of key “{ $key }”: it has expired. A token lives 180 days, then a new one is needed.
diag-token_expired-expired_since = The token{ $named ->
    [no] {""}
   *[other] {" "}of key “{ $key }”
 } expired at { $expires_at }.{ $stopped ->
    [0] {""}
    [one] {" "}{ $stopped } import has failed since.
   *[other] {" "}{ $stopped } imports have failed since.
 } A token lives 180 days, then a new one is needed.

diag-token_expiring-title = The token expires soon
diag-token_expiring-summary = The token{ $named ->
    [no] {""}
   *[other] {" "}of key “{ $key }”
 } stops working at { $expires_at }, { $days ->
    [0] less than a day is left
    [one] { $days } day is left
   *[other] { $days } days are left
 }. Make a new one in time, so that imports go on.

diag-token_malformed-title = This does not look like a whole Wildberries token
diag-token_malformed-summary = The token can't be read. Copy it from the seller's cabinet again, all of it.
diag-token_malformed-empty = The token field is empty. Copy the token from the seller's cabinet and paste all of it.
diag-token_malformed-cut = A part of the token is missing: it has { $length } characters, the end or the beginning was lost.
diag-token_malformed-foreign = This is a key of another service, not a Wildberries token.
diag-token_malformed-two_tokens = Two tokens were pasted one after the other. One is needed.
diag-token_malformed-not_wb = This is a token, but not of Wildberries: it names no seller.
diag-token_malformed-garbage = This is not a Wildberries token: some characters are extra or changed.
diag-token_malformed-too_long = The pasted text is too long: { $length } characters. A Wildberries token has about 500.
diag-token_malformed-said_by_wb = Wildberries can't read this token: it seems to have changed while it was copied.

diag-token_withdrawn-title = The token was deleted in the seller's cabinet
diag-token_withdrawn-summary = The token of key “{ $key }” was deleted in Wildberries' cabinet and works no more. A new token is needed.

diag-token_read_only-title = The token is read only
diag-token_read_only-summary = “{ $method }” changes data, and the token of key “{ $key }” was made with “Read only”.

diag-token_type_not_allowed-title = This type of token does not fit here
diag-token_type_not_allowed-summary = The token's type: { $kind }. WB Desk runs on your own computer, so a Personal token is the right one.
diag-token_type_not_allowed-closed = Wildberries does not let tokens of this type ({ $kind }) use “{ $method }”. A Personal token is the right one for WB Desk.
diag-token_type_not_allowed-service = This is a Service token: it belongs to one service of Wildberries' catalogue. WB Desk runs on your own computer, so a Personal token is the right one.
diag-token_type_not_allowed-basic = This is a Basic token: it works, but its limits are very small, for example order statistics once in 3 hours. With a Personal token there is almost no waiting.

diag-seller_mismatch-title = The token is another seller's
diag-seller_mismatch-summary = Key “{ $key }” belongs to the seller “{ $seller }”, the new token to “{ $other_seller }”. It was not saved, so that the orders of two sellers don't mix.

diag-access_denied-title = The seller has no access to this method
diag-access_denied-summary = The token's category is right, but Wildberries does not allow this seller or user to use “{ $method }”.

diag-payment_required-title = Wildberries asks to pay for access
diag-payment_required-summary = This is the answer to services of Wildberries' catalogue. With a Personal token this method is free.

diag-rate_limited-title = The request limit of Wildberries is used up
diag-rate_limited-summary = Wildberries asks to wait { $wait }. The limit is shared by all programs of this seller.
diag-rate_limited-burst = Wildberries asks to wait { $wait }. The limit is shared by all programs of this seller; requests before that only make the wait longer.
diag-rate_limited-basic_quota = A Basic token has small limits: order statistics once in 3 hours, seller information once a day. The next request can go in { $wait }.

diag-endpoint_retired-title = Wildberries has removed or moved this method
diag-endpoint_retired-summary = “{ $method }” is no longer at this address. It is not the token's fault.

diag-method_disabled-title = Wildberries has switched this method off for a while
diag-method_disabled-summary = “{ $method }” is switched off at Wildberries for a while. It is not the token's fault; it takes waiting.

diag-bad_request-title = Wildberries did not accept the request
diag-bad_request-summary = Wildberries thinks that the request to “{ $method }” is wrong. Its answer: { $excerpt }

diag-wb_unavailable-title = Wildberries does not answer now
diag-wb_unavailable-summary = Wildberries' server answers with error { $status } after several tries. It is not the token or the settings.

diag-network_unreachable-title = No connection to Wildberries
diag-network_unreachable-summary = The request did not reach Wildberries.
diag-network_unreachable-dns = This computer does not find Wildberries' address. Usually there is no internet, or DNS does not work.
diag-network_unreachable-refused = Wildberries' address refuses to connect. A firewall or a proxy may be in the way.
diag-network_unreachable-tls = The secure connection to Wildberries failed. Frequent reasons: a wrong date on this computer, or a network that inspects traffic.
diag-network_unreachable-timeout = Wildberries did not answer in time, several tries in a row.
diag-network_unreachable-dropped = The connection to Wildberries keeps breaking.
diag-network_unreachable-other = The request did not reach Wildberries; the reason is in the network.

diag-unexpected_response-title = An unexpected answer instead of data
diag-unexpected_response-summary = The answer to “{ $method }” is not what Wildberries documents.
diag-unexpected_response-html = A web page came instead of data. Often the network puts it there: a Wi-Fi sign-in, a proxy, or a notice of works.
diag-unexpected_response-not_json = The answer to “{ $method }” can't be read.
diag-unexpected_response-wrong_shape = The answer to “{ $method }” is built in another way than Wildberries documents. What was imported before is safe.
diag-unexpected_response-truncated = Wildberries' answer breaks off in the middle, several tries in a row.
diag-unexpected_response-redirect = Instead of an answer the request is sent on to another address. WB Desk did not follow, so that the token stays safe.

diag-unknown-title = An unknown error
diag-unknown-summary = WB Desk does not know this answer yet. Here it is: { $excerpt }
diag-unknown-answer = WB Desk does not know this answer of Wildberries yet. Here it is: { $status } { $excerpt }
diag-unknown-internal = Something went wrong inside WB Desk ({ $excerpt }). What was imported before is safe; the log has the details.

step-create_token = { $scoped ->
    [no] In the seller's cabinet open Profile → Integrations → API and create a new Personal token
   *[other] In the seller's cabinet open Profile → Integrations → API and create a new Personal token with the category “{ $category }”
 }
step-create_writing_token = In the seller's cabinet open Profile → Integrations → API and create a new token without “Read only”
step-create_personal_token = In the seller's cabinet open Profile → Integrations → API and create a Personal token
step-create_production_token = In the seller's cabinet open Profile → Integrations → API and create a new token for the right environment
step-save_token = { $named ->
    [no] Copy the whole token, paste it under API keys → Wildberries and save it
   *[other] Copy the whole new token and paste it under API keys → Wildberries, key “{ $key }”
 }
step-check_import = Repeat the import: it should end without errors
step-no_error_since = Since then the error has not appeared in the log
step-use_other_key = Import orders with key “{ $other_key }”: it has the category “{ $category }”
step-wait_for_quota = Wait { $wait }: no request may be sent until { $until }
step-copy_again = Copy the token from the seller's cabinet again. It is shown whole only when it is made: if that window is closed, make a new token
step-look_in_cabinet = Look in the seller's cabinet whether this token is still there, and which categories it has
step-check_decoder = Look at the token in Wildberries' decoder: which categories does it show
step-check_wb_status = Look on the Wildberries API portal for a notice of works
step-check_network = See whether other sites open on this computer
step-check_clock = Check the date and time of this computer
step-check_portal = Open the Wildberries cabinet in a browser: if the network asks to sign in, do so
step-check_role = See that the user who made the token has access to this part of the cabinet
step-check_seller_active = See that the seller's account is active
step-check_seller = See which seller is chosen in the cabinet, and make the token there
step-add_as_new_key = If you need the second seller too, add that token as a new key
step-check_period = Check the dates: at most 30 days in one request, and not more than three months ago
step-wait_for_wb = Wait until Wildberries switches the method on again
step-update_program = Update WB Desk: a newer version may know the method's new address
step-contact_support = Write to Wildberries' support: dialogs in the seller's cabinet, category API. The text below is ready

step-note-system = verified at { $at }
step-note-operator = ticked by { $who }, { $at }
step-note-undone = was done, but not any more since { $at }

diag-help-category = Make sure that the token has the right category: “{ $category }”
diag-help-expiry = Check that the token has not expired
diag-help-seller = Make sure that the seller's account is active
diag-help-support = Write to Wildberries' support: dialogs in the seller's cabinet, category API

support-greeting = Hello. A request to the Wildberries API fails.
support-method = Method and address
support-status = HTTP status
support-detail = Error text
support-request-id = requestId
support-origin = origin
support-code = code
support-time = timestamp
support-categories = Categories of the token
support-question = What is the reason, please, and how can it be removed?
support-no-token = Don't send the token itself in a message: it is shown once, paste it into WB Desk right away.

goal-orders = Import orders (FBS)
goal-statistics = Import order statistics
goal-both = Both orders and statistics

### Jobs

jobs-demo-shop = Learning shop
jobs-demo-statistics = Learning shop, statistics only

### Pages

page-language = Language
page-gateway = All requests go to { $url } instead of Wildberries (WB_GATEWAY_URL).
page-try-again = Try again
page-open = open
page-save = Save
page-cancel = Cancel
page-yes = yes
page-operator = operator

page-failure-unknown = The page can't be shown. The data is safe, the log has the details ({ $kind }). Try again; if that does not help, restart WB Desk.
page-failure-settings = A setting has a wrong value: { $names }. Correct it and start WB Desk again.
page-failure-secret-key-wrong = The secret key does not fit the stored tokens. Put the former WB_SECRET_KEY or the key file in the data folder back; or remove the API keys and add them again.
page-failure-database-unavailable = The database does not answer. Check that it runs and that the address in WB_DATABASE_URL is right, then try again.
page-failure-database-too-new = The database was made by a newer version of WB Desk. Update the program and start it again.

page-overview-title = Overview
page-api-keys-title = API keys
page-order-import-title = Order import
page-orders-title = Orders
page-token-health-title = Token health

page-overview-welcome = Welcome. WB Desk imports orders from Wildberries and tells what to do when Wildberries refuses.
page-overview-own-title = I have a seller's cabinet
page-overview-own = Paste a token from Wildberries' cabinet: WB Desk tells at once what it can do.
page-overview-add-key = Add a key
page-overview-demo-title = I want to look around first
page-overview-demo = A learning cabinet with invented orders: nothing is sent to Wildberries. It has two keys; one of them lacks the category “Marketplace” on purpose.
page-overview-try-demo = Try the learning cabinet
page-overview-demo-starting = Preparing the learning cabinet…
page-overview-next = No imports yet. The next step: open “Order import”, choose a key and press “Import orders”.
page-overview-open = Open WB Desk
page-overview-attention = Needs attention
page-overview-all-well = All is well: nothing is open.
page-overview-orders = Orders in all
page-overview-new = New
page-overview-sold = Sold
page-overview-statistics = Statistics rows
page-overview-last-imports = Last imports
page-overview-solved = Solved: { $count }

page-key-name = Name
page-key-name-example = For example: My shop
page-key-name-empty = Give the key a name, to tell it from others.
page-key-name-taken = There is a key “{ $name }” already. Choose another name, or replace that key's token.
page-key-token = Token
page-key-token-help = The cabinet shows a token once, when it is made. Here it is stored encrypted and shown nowhere.
page-key-check = Check and save
page-key-checking = Checking the token…
page-key-saved = Key “{ $name }” is checked and saved.
page-key-saved-unverified = Key “{ $name }” is saved, but could not be checked now: Wildberries did not answer.
page-key-not-saved = The key was not saved.
page-key-categories = Categories: { $names }
page-key-read-only = Read only
page-key-expired = expired on { $at }
page-key-expires = until { $at }, { $days ->
    [0] the last day
    [one] { $days } day left
   *[other] { $days } days left
 }
page-key-replace = Replace token
page-key-replace-for = A new token for key “{ $name }”. Orders and history stay. The former token is replaced only if the new one fits.
page-key-rename = Rename
page-key-remove = Remove
page-key-remove-sure = Remove key “{ $name }” and its token? Imported orders and the history of imports stay.
page-key-remove-yes = Yes, remove
page-key-seller-unknown = The seller is not known yet
page-key-fingerprint = Fingerprint { $fingerprint }
page-key-verified = Wildberries took the token at { $at }
page-key-unverified = not checked with Wildberries yet
page-key-unknown-bits = The token has categories that WB Desk does not know yet: { $bits }
page-keys-saved = Saved keys: { $count }
page-keys-none = None yet. Paste a token into the form above.
page-demo-remove = Remove the learning cabinet

environment-production = production
environment-test = Wildberries' test environment
environment-demo = learning cabinet

page-token-which = Which token do I need?
page-token-goal = What do you want to do
page-token-where = In the seller's cabinet: Profile → Integrations → API → create a new token. Tick the boxes like this:
page-token-kind = Type of token: **{ $kind }**. It is for programs on your own computer; don't give it to somebody else's service.
page-token-read-only = WB Desk only reads, so “Read only” is safer.

page-import-key = Key
page-import-source = What to import
page-import-press = Import orders
page-import-choose-dates = Choose dates
page-import-dates = Dates, inclusive
page-import-more = More
page-import-statuses = Ask for the orders' statuses
page-import-clients = Import buyers' data
page-import-clients-note = Wildberries gives them for cross-border orders only. They are personal data and are stored encrypted.
page-import-can = This key can import orders now.
page-import-until = The token lives until { $at }.
page-import-planned = Requests needed, at least: { $count }.
page-import-will-fail = The import can't be done with this token: nothing will be sent, and WB Desk will tell what to do.
page-import-already = An import of key “{ $key }” is already running; a second one is not needed. Here is its progress.
page-import-no-keys = Add an API key first.

page-run-queued = Queued
page-run-queued-alone = Queued, waiting for a worker
page-run-no-worker = The worker is starting. Usually it takes a few seconds.
page-run-worker-off = The worker of this computer is off (WB_WORKER=off). The import starts when a worker elsewhere takes it.
page-run-starting = Starting
page-run-progress = { $phase }: pages imported { $pages }
page-run-waiting = Waiting for the WB limit: { $wait }
page-run-stop = Stop
page-run-stopping = Stopping after the page at hand…
page-run-leave = You can leave this page: the import goes on.
page-run-facts = Ended at { $at }, took { $duration }, requests to Wildberries: { $requests }
page-run-nothing = Wildberries has no orders for this choice now. This is not an error.
page-run-solved = Solved: { $title }
page-run-see-orders = See the orders
page-run-cancelled-note = What was imported so far is kept. You can import again.
page-run-gone = This import or its key is no longer there.
page-count-fetched = Fetched
page-count-created = New
page-count-updated = Changed
page-count-unchanged = Unchanged
page-count-rejected = Unreadable
page-rejected = Rows that could not be read: { $count }
page-rejected-note = They are kept whole, as they came; nothing is lost.
page-rejected-row = Reason: { $reason }

phase-orders = Orders
phase-statuses = Statuses
phase-clients = Buyers

page-history-title = History of imports
page-history-empty = No imports yet.
page-history-more = Show more
page-column-when = When
page-column-key = Key
page-column-source = What
page-column-status = Result
page-column-fetched = Fetched
page-column-reason = Reason
page-column-order = Number
page-column-created = Created
page-column-article = Article
page-column-price = Price
page-column-finished-price = Price for the buyer
page-column-supplier-status = Seller's status
page-column-wb-status = Wildberries' status
page-column-warehouse = Warehouse
page-column-region = Region
page-column-cancelled = Cancelled
page-column-expires = Token lives
page-column-checked = Checked

source-new = New orders (FBS)
source-period = Orders of a period (FBS)
source-archive = Archive: older than three months (FBS)
source-statistics = Order statistics
source-statuses = Statuses only
source-dbs = New DBS orders
source-dbw = New DBW orders
source-click_collect = New pick-up orders

status-queued = queued
status-running = running
status-waiting = waiting for the limit
status-done = done
status-failed = failed
status-cancelled = stopped

order-status-new = new
order-status-confirm = being assembled
order-status-complete = in delivery
order-status-cancel = cancelled by the seller
order-status-cancel_carrier = cancelled by the carrier
order-status-waiting = in work
order-status-sorted = sorted
order-status-sold = sold
order-status-canceled = cancelled
order-status-canceled_by_client = cancelled by the buyer
order-status-declined_by_client = declined at pick-up
order-status-defect = defect
order-status-ready_for_pickup = ready for pick-up
order-status-postponed_delivery = delivery postponed
order-status-accepted_by_carrier = accepted by the carrier
order-status-sent_to_carrier = sent to the carrier
order-status-canceled_by_carrier = cancelled by the carrier

page-orders-all = All keys
page-orders-any = Any
page-orders-kind = Data
page-orders-kind-fbs = Assembly orders
page-orders-kind-statistics = Order statistics
page-orders-status = Status
page-orders-dates = Dates of creation
page-orders-search = Search
page-orders-search-example = Number, article or rid, whole
page-orders-total = Imported in all: { $total }
page-orders-empty = Orders appear here after the first import.
page-orders-none-found = Nothing fits. Change the filters or take them away.
page-orders-back = Back
page-orders-next = Next
page-orders-page = Page { $page }
page-orders-download = Download as a file
page-orders-format = Format
page-orders-save = Download
page-order-title = Order { $id }
page-order-history = History of statuses
page-order-raw = All that Wildberries has sent
page-order-buyer = Show the buyer
page-order-buyer-none = The buyer's data was not imported.

page-health-check = Check now
page-health-planned = The check will send requests: { $count }. What the token and recent imports tell is not asked for.
page-health-checking = Checking keys: { $done } of { $all } done
page-health-worker-off = The worker is switched off on this computer (WB_WORKER=off). A worker elsewhere will do the check.
page-health-seller = Seller
page-health-all-sellers = All sellers
page-health-nothing-found = No keys fit this. Clear the search or choose another seller.
page-health-choose = Tick a row to see for each method how it is known and when it was checked.
page-health-ms = { $ms } ms
page-ago-now = just now
page-ago = { $time } ago
page-health-never = never checked
page-health-days = { $days ->
    [one] { $days } day
   *[other] { $days } days
 }, until { $at }
page-health-search = Find a key or a seller
page-health-page = Page of { $pages }
page-health-legend = ✓ works · ✕ no access · ⚠ down at Wildberries, not the token’s fault · ! error in the answer · ? not known yet. After that: when Wildberries confirmed it and how fast it answered; “by the token” means that no request is needed.
page-health-report-ok = The check is done: all works.
page-health-report-warning = The check is done: there are remarks, see below.
page-health-report-error = The check is done: there are errors; what to do is written below.
capability-ok = works
capability-denied = no access
capability-error = error in the answer
capability-broken = down at WB
capability-unknown = not known
evidence-token = by the token
evidence-probe = checked

page-schedule-title = Repeat automatically (on: { $count })
page-schedule-new = A new schedule for “{ $source }”
page-schedule-mode = How to repeat
page-schedule-every = At equal intervals
page-schedule-daily = Daily
page-schedule-minutes = Interval, minutes
page-schedule-at = Time
page-schedule-save = Switch the schedule on

page-alerts-title = Alerts (channels: { $count })
page-alerts-note = Each problem is told once, and once more when it is solved.
page-alerts-name-example = For example: Anna's Telegram
page-alerts-name-empty = Give the channel a name.
page-alerts-url = Address of the channel
page-alerts-url-help = An address like mailto://… or tgram://…. It is stored encrypted and not shown again.
page-alerts-quiet = Keep quiet hours
page-alerts-quiet-hours = Quiet hours: from { $begin } to { $end }
page-alerts-from = Quiet from
page-alerts-to = Quiet until
page-alerts-hours-wrong = The quiet hours are wrong: beginning and end must differ.
page-alerts-add = Add the channel
page-alerts-test = Test the channel
page-alerts-sending = Sending…
page-alerts-sent = The test message was sent.

page-health-incident = { $host } does not work at Wildberries: { $methods }. Sellers who see this: { $sellers }. It is not the token's fault.
page-health-since = Since { $at }.
page-health-retired = Wildberries has removed or moved “{ $method }”. It is not the token's fault.
page-health-history = History of 30 days
page-health-no-history = Nothing to show yet: history begins with the first check or import.
page-health-stands = { $method }: { $status } since { $at }
page-health-worked = It worked before, last at { $at }.
page-health-latency = Wildberries' answer times, ms
page-health-expiry = When tokens expire
page-health-expiry-note = The number beside a point: days left.
page-health-categories = All categories of the keys
page-health-background = Check automatically
page-health-background-every = How often
page-health-background-off = only by the button and after a failed import
page-health-background-note = A check asks only what is not known yet, and saves Wildberries' limit.
page-column-method = Method
page-column-day = Day
page-column-known-from = How it is known
page-column-days = Days left
page-column-ms = Ms
page-news-title = News of the Wildberries portal
page-news-none = No news yet. We ask again at { $at }.
page-news-at = Received at { $at }

page-checklists-more = The most important are shown: { $shown } of { $all }. The rest follow when these are solved.
page-expiry-more = More keys whose token has expired or soon will: { $count }.
page-checklist-progress = Steps done: { $done } of { $all }
page-checklist-solved = Solved at { $at }
page-checklist-help = If it did not help
page-checklist-send = Send to the cabinet's owner
page-checklist-reopen = Open again
page-checklist-gone = This checklist is no longer there.
page-support-copy = A text for Wildberries' support (dialogs in the cabinet, category API). It has no token in it.
page-messenger-copy = A message for whoever has access to the seller's cabinet.
page-support-pack = Download a file for a developer
page-step-automatic = ticks itself
page-repeat = Repeat import
page-use-other-key = Import with key “{ $name }”
page-link-tokens = Open the API section of the cabinet
page-link-decoder = Open Wildberries' token decoder
page-link-portal = Open the Wildberries API portal
page-link-cabinet = Open the seller's cabinet

### Alerts and schedules

cli-help-metrics = Figures in Prometheus' format: keys, expiry, imports, requests.
alert-opened = Problem: { $title }
alert-solved = Solved: { $title }
alert-several = WB Desk: new problems: { $opened }, solved: { $solved }
alert-key = Key: { $name }
alert-paused = Schedule paused: { $source }. It goes on when the checklist is done.
alert-more =
    { $count ->
        [one] And { $count } more problem.
       *[other] And { $count } more problems.
    }
alert-test-title = WB Desk: test
alert-test-text = This is a test message. Alerts about tokens and imports will come here.
alert-error-unreadable = The address can't be read. Check that it was copied whole.
alert-error-forbidden = WB Desk does not send to this service.
alert-error-local = The address names a file of this computer. Remove that parameter.
alert-error-timeout = The service did not answer in time.
alert-error-unreachable = The service could not be reached.
alert-error-auth = The service did not accept the login, password or token in the address.
alert-error-http = The service answered with error { $status }.
alert-error-failed = The service did not take the message.
alert-error-secret_key = The address can't be decrypted: the secret key is another one than when it was saved.
alert-error-channel_exists = There is a channel of this name already.
schedule-every = every { $duration }
schedule-daily = daily at { $time } ({ $zone })
schedule-off = off
schedule-next = next run: { $at }
schedule-paused = paused: { $reason }
schedule-paused-retry = paused: { $reason }. One more try: { $at }
schedule-refused-too_often = Not that often: at most once in { $least }.
schedule-refused-too_rare = At least once a week.
schedule-refused-not_a_time = Write the time like this: 07:30.
schedule-refused-not_a_zone = There is no such time zone.
schedule-refused-one_of_both = Choose one: every few minutes, or daily.

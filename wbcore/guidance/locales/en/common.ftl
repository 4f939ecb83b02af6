unit-day =
    { $count } { $count ->
        [one] day
       *[other] days
    }
unit-hour = { $count } h
unit-minute = { $count } min
unit-second = { $count } s
currency-number = (currency No. { $number })
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
page-language = Language
page-gateway = All requests go to { $url } instead of Wildberries: this WB Desk is set up so.
page-try-again = Try again
page-open = open
page-save = Save
page-cancel = Cancel
page-yes = yes
page-operator = operator
page-failure-unknown = The page can't be shown. The data is safe, the log has the details ({ $kind }). Try again; if that does not help, restart WB Desk.
page-failure-settings = A setting is wrong. Correct it in the environment or in the file .env, then start WB Desk again. What it takes: { $detail }
setting-data_dir = a folder; there is a file now in its place or on the way to it, or nobody here is called as it says after ~
setting-gateway_url = an address that starts with http:// or https:// and names a host, such as http://127.0.0.1:8899
setting-public_url = an address that starts with http:// or https:// and names a host, such as https://desk.example.org
setting-lang = ru or en
setting-log_level = DEBUG, INFO, WARNING or ERROR
setting-worker = on or off
setting-zone = the name of a time zone, such as Europe/Moscow or Asia/Novosibirsk
setting-buyers_days = a whole number of days, 0 to 36500
setting-alerts_private = 1 or 0
setting-public = 1 or 0
setting-sign_in = 1 or 0
setting-export_folders = full paths of folders, comma-separated, such as /srv/orders
setting-allowed_hosts = names of hosts, comma-separated, such as desk.example.org; * stands for none
setting-proxies = addresses or networks, comma-separated, such as 127.0.0.1, 172.18.0.0/16
page-failure-secret-key-wrong = The secret key does not fit the stored tokens. Put the former WB_SECRET_KEY or the file secret.key in the data folder back. If the key is lost, run python -m wbcore secret reset and paste the tokens anew: orders and history stay.
page-failure-database-unavailable = The database does not answer. Check that it runs and that the address in WB_DATABASE_URL is right, then try again.
page-failure-database-too-new = The database was made by a newer version of WB Desk. Update the program and start it again.
page-api-keys-title = API keys
environment-production = production
environment-test = Wildberries' test environment
environment-demo = learning cabinet
page-column-when = When
page-column-key = Key
page-column-source = What
page-column-status = Result
page-column-reason = Reason
page-column-expires = Token lives
page-column-checked = Checked
page-ago-now = just now
page-ago = { $time } ago
page-column-method = Method
page-column-day = Day
page-column-known-from = How it is known
page-column-ms = Answer time, ms
page-expiry-more = More keys whose token has expired or soon will: { $count }.
page-step-automatic = ticks itself
page-repeat = Repeat import
page-use-other-key = Import with key “{ $name }”
page-link-tokens = Open “API Integrations” in the cabinet
page-link-decoder = Open Wildberries' token decoder
page-link-portal = Open the Wildberries API portal
page-link-cabinet = Open the seller's cabinet
page-open-problems =
    { $count ->
        [one] { $count } open problem
       *[other] { $count } open problems
    }

page-alerts-title = Alerts (channels: { $count })
page-alerts-note = A new problem is told once, and once more when it is solved. Problems found at the same time come in one message.
page-alerts-name-example = For example: Anna's Telegram
page-alerts-name-empty = Give the channel a name.
page-alerts-url = Address of the channel
page-alerts-url-help = An address like mailto://… or tgram://…. It is stored encrypted and not shown again.
page-alerts-quiet = Quiet hours: hold until they end
page-alerts-quiet-hours = Quiet hours: from { $begin } to { $end }
page-alerts-from = Quiet from
page-alerts-to = Quiet until
page-alerts-hours-wrong = The quiet hours are wrong: beginning and end must differ.
page-alerts-add = Add the channel
page-alerts-test = Test the channel
page-alerts-failed-at = Last tried: { $at }.
page-alerts-sending = Sending…
page-alerts-sent = The test message was sent.
page-alerts-gone = This channel is gone: it has been removed.
alert-opened = Problem: { $title }
alert-solved = Solved: { $title }
alert-several = WB Desk: new problems: { $opened }, solved: { $solved }
alert-key = Key: { $name }
alert-paused = Schedule paused: { $source }. It goes on when the problem is solved.
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
alert-error-failed = The service did not take the message. Check the login, password or token in the address, and whether the service takes messages at all.
alert-error-secret_key = The address can't be decrypted: the secret key is another one than when it was saved.
alert-error-channel_exists = There is a channel of this name already.
alert-several-mixed = WB Desk: new problems: { $opened }, still unsolved: { $reminded }, solved: { $solved }

goal-orders = Загружать заказы (FBS, DBS, DBW, самовывоз)
goal-statistics = Загружать статистику заказов
goal-feed = Загружать ленту всех заказов
jobs-demo-shop = Учебный магазин
jobs-demo-statistics = Учебный магазин, только статистика
page-token-health-title = Состояние токенов
page-key-name = Название
page-key-name-example = Например: Мой магазин
page-key-name-empty = Дайте ключу название, чтобы отличать его от других.
page-key-name-taken = Ключ с названием «{ $name }» уже есть. Выберите другое название или замените токен у этого ключа.
page-key-token = Токен
page-key-token-help = Токен показывается в личном кабинете один раз, при создании. Здесь он хранится в зашифрованном виде и больше нигде не показывается.
page-key-check = Проверить и сохранить
page-key-checking = Проверяем токен…
page-key-saved = Ключ «{ $name }» проверен и сохранён.
page-key-saved-unverified = Ключ «{ $name }» сохранён, но проверить его сейчас не удалось, причина ниже.
page-key-not-saved = Ключ не сохранён.
page-key-categories = Категории: { $names }
page-key-read-only = Только на чтение
page-key-expired = срок истёк { $at }
page-key-expires =
    до { $at }, { $days ->
        [0] остался последний день
        [one] остался { $days } день
        [few] осталось { $days } дня
       *[other] осталось { $days } дней
    }
page-key-replace = Заменить токен
page-key-replace-for = Новый токен для ключа «{ $name }». Заказы и история останутся. Прежний токен останется, если новый нельзя прочитать, он истёк, он от другого продавца или другой среды, или Wildberries его не принимает. Если Wildberries не отвечает, новый сохранится непроверенным.
page-key-rename = Переименовать
page-key-remove = Удалить
page-key-remove-sure = Удалить ключ «{ $name }» и его токен? Загруженные заказы и история импортов останутся.
page-key-remove-yes = Да, удалить
page-key-seller-unknown = Продавец ещё не известен
page-key-verified = Wildberries принял токен { $at }
page-key-unverified = ещё не проверен в Wildberries
page-key-unknown-bits = У токена есть категории, которых WB Desk ещё не знает: { $bits }
page-keys-saved = Сохранённые ключи: { $count }
page-demo-remove = Удалить учебный кабинет
page-token-which = Какой токен мне нужен?
page-token-goal = Что вы хотите делать
page-token-where = Откройте «Интеграции по API» в личном кабинете продавца и выберите так, как на рисунке:
page-token-kind = Тип токена: { $kind }. Он для программ на вашем компьютере; не передавайте его чужим сервисам.
page-token-read-only = WB Desk только читает, поэтому «Только чтение» безопаснее.
page-token-writes = Прежний токен мог и записывать. WB Desk только читает; если тем же токеном ничего другого не пользуется, выберите «Только чтение».
page-token-no-goal = Выберите, что вы хотите делать.
page-token-instead = Взамен токена ключа
page-token-instead-none = Новый ключ
page-token-kind-test = Тип токена: { $kind }. С ним доступна только тестовая среда Wildberries.

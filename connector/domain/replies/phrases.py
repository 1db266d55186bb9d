"""What people write who want to be left alone, as tables. All in the spelling of `plain`.

No pattern repeats a repetition without bound, so hostile text costs no more time than other text.
"""

from __future__ import annotations

#: Whole messages that revoke consent, blanks and punctuation aside. The first row is 47 CFR
#: 64.1200(a)(10), the second what carriers and Twilio take besides: each must count although
#: "Cancel" or "End" may mean something else.
KEYWORDS = frozenset(
    {
        *("stop", "quit", "end", "revoke", "optout", "cancel", "unsubscribe"),
        *("stopall", "unsub", "optmeout", "stopp", "sto", "stpo", "stopit", "stopnow", "remove", "removeme"),
        *("unsubcribe", "unsuscribe", "unsubscribed"),
        # Spanish: "alto" stands on stop signs, "parar" and "baja" in carriers' instructions.
        *("alto", "parar", "pare", "baja", "basta", "cancelar", "detener", "darmedebaja", "nomas"),
        # French: Canada's carriers demand ARRET beside STOP; the others stand in mail footers.
        *("arret", "arreter", "arretez", "desabonner", "desabonnement", "desinscription", "desinscrire"),
        # German: what footers of texts and mails ask for.
        *("abmelden", "abbestellen", "aufhoren", "austragen"),
    }
)
#: Words around a keyword that do not make it another message.
COURTESIES = frozenset(
    {
        *("please", "pls", "plz", "kindly", "just", "thanks", "thank", "you", "thx", "ty"),
        *("ok", "okay", "hi", "hello", "hey", "sorry", "no"),
        *("por", "favor", "gracias", "merci", "svp", "bitte", "danke"),
    }
)
#: The stop sign, sent as the whole message.
STOP_SIGN = "\N{OCTAGONAL SIGN}"

_ME = r"(?:me|us|my (?:phone|cell|number|house|wife|husband|office))"
_REACHING = (
    r"(?:texting|txting|calling|emailing|e mailing|mailing|messaging|contacting|spamming|bothering|harassing"
    r"|pestering|bugging|phoning|ringing|soliciting|hounding)"
)
_REACH = r"(?:text|call|email|e mail|mail|message|contact|phone|ring|bother|harass|spam|write|reach out to)"
_MESSAGES = (
    r"(?:texts?|txts?|text messages?|emails?|e mails?|calls?|phone calls?|messages?|sms|mails?|contact"
    r"|communications?|marketing|spam|mailings?|newsletters?|notifications?)"
)
_FILLERS = r"(?:(?:with|all|the|these|this|your|any|of|ever|damn|fucking|please|already) ){0,3}"
#: "Don't call me before noon" and "don't call, text me" are wishes about how, for a person to read.
_BUT_HOW = (
    r"(?! (?:before|after|until|till|at|between|during|while|today|tonight|tomorrow|right now|now|yet|so"
    r"|on (?:\w+day|the)|in the|this (?:week|morning|afternoon|evening)|when|if|back (?:before|until|till)"
    r"|(?:please |just |only |you can |but )?(?:text|email|e mail|message|call|write)\b))"
)

#: The number is another person's: it must not be used for this contact again.
WRONG_NUMBER = (
    r"\bwrong (?:number|num|no|nr|person|guy|man|woman|lady|phone|contact)\b",
    r"\b(?:have|got|texted|called|dialed|dialled|reached) the wrong\b",
    r"\b(?:no|not) (?:one|body) (?:here )?(?:by|with|named|called)\b",
    r"\bnobody (?:here )?(?:by|with|named|called)\b",
    r"\b(?:not|isnt) (?:\w+s|my|his|her|their) (?:number|phone|cell)\b",
    r"\bno longer (?:has|have|uses|owns|at|with) this (?:number|phone)\b",
    r"\bnew (?:owner of this )?number is not\b",
    r"\bthis (?:number )?(?:is|belongs to) (?:someone|somebody) else\b",
    r"\bnumero (?:equivocado|incorrecto)\b",
    r"\bmauvais numero\b",
    r"\bfalsche (?:nummer|person)\b",
)

#: Messages that begin like this, whatever follows: "STOP 2 END", "Unsubscribe from all".
BEGINNINGS = (r"^stop(?:\d\w*)?\b", r"^stopall\b", r"^unsubscribe\b", r"^opt ?out(?: \w+)?$", r"^stopp\b")

#: Free words that a reasonable person takes for an opt-out (64.1200(a)(10)(ii)).
OPT_OUTS = (
    # To stop.
    rf"\b(?:stop|quit|cease|discontinue) {_FILLERS}{_REACHING}\b",
    rf"\b(?:stop|quit|cease|discontinue) {_FILLERS}(?:sending (?:me|us|these|this|any|anything|stuff|{_MESSAGES})|{_MESSAGES})\b",
    r"\b(?:please|pls|plz|kindly) (?:just )?(?:stop|quit|cease|discontinue)\b",
    r"^(?:\w+ )?just stop$",
    r"\bcease and desist\b",
    r"\b(?:said|asked|told|asking|telling)(?: (?:you|yall|guys|already|before|once|twice|to)){0,4} stop\b",
    r"\bstop (?:it|this|that|now|already|please|pls|immediately|asap|thanks|thank you)$",
    r"\b(?:can|could|would|will) you (?:please |just )?stop$",
    # Not to be contacted.
    rf"\b(?:do not|dont|never|not to|pls no) (?:ever )?{_REACH} {_ME}\b{_BUT_HOW}",
    r"\b(?:do not|dont|never) (?:ever )?(?:text|call|email|e mail|message|contact)"
    r"(?: (?:this number|here|again|anymore|any more|ever)\b|$)",
    r"\bdo not contact\b(?! (?:\w+ )?(?:before|until|till))",
    r"\b(?:do not call|dnc|no call) (?:list|registry)\b",
    rf"\b(?:do not|dont|no longer|never) (?:want|wish|need|like|care|consent) (?:for )?"
    rf"(?:to (?:be (?:contacted|called|texted|emailed|messaged|bothered)|hear from you"
    rf"|(?:receive|get) (?:\w+ ){{0,3}}{_MESSAGES})|(?:any|any more|your|these|more|further) (?:\w+ ){{0,2}}{_MESSAGES}"
    rf"|you (?:to (?:text|call|email|message|contact)|texting|calling|emailing|contacting))\b",
    rf"\bno (?:more|further|additional) (?:\w+ ){{0,2}}{_MESSAGES}\b",
    r"\bdo(?: no|n)t consent\b",
    # Off the list.
    r"\b(?:take|get|keep) (?:me|us|my (?:name|number|email|phone|info)(?: \w+){0,2}|this number) (?:the \w+ )?off\b",
    r"\b(?:take|get|delete) (?:me|us) (?:out of|from|off of) (?:your|the|this|all)\b",
    r"\b(?:i|we) want (?:off|out of) (?:of )?(?:your|the|this) (?:\w+ )?(?:list|texts|messages|emails)\b",
    r"\bremove (?:me|us|my (?:name|number|email|phone|info\w*|details|data|contact\w*|address)|this (?:number|email))\b",
    r"\bremove from (?:your|the|this|all)\b",
    r"\b(?:lose|delete|erase|forget) (?:my|this) (?:phone |cell |email )?(?:number|email|phone|contact\w*|info\w*"
    r"|details|data|name|address)\b",
    r"\bunsub(?:scribe)? (?:me|us|from (?:this|these|your|all|the list)|my|this)\b",
    r"\b(?:to|please|pls|plz|i|me|can|how) unsub(?:scribe)?$",
    r"\b(?:to|can i|do i|i) (?:unsub|unsubscribe)\b(?! (?:people|customers|users|leads|clients|them))",
    r"\bopt (?:me|us|my number) out\b",
    r"\b(?:want|like|wish|choose|need|going|please|pls|i|how do i|can i|how can i) (?:to )?opt out\b"
    r"(?! of (?:the|this|that|my|our|an?|any) (?:\w+ )?(?:contract|agreement|plan|policy|deal|lease|warranty|program))",
    r"\bopt(?:ing)? out (?:of|from) (?:all |any |the |these |this |your |further |future |receiving ){1,3}"
    r"(?:texts?|emails?|calls?|messages?|sms|list|communications?|marketing|mailings?)\b",
    r"\b(?:revoke|withdraw|revoking|withdrawing) (?:my |all |any )?consent\b",
    r"\b(?:end|cancel) (?:all |these |this |the |your |my ){1,2}"
    r"(?:texts?|text messages|messages|emails?|messaging|sms|subscription to|subscription)\b",
    # To be left alone.
    r"\bleave (?:me|us) (?:the \w+ |tf )?alone\b",
    r"\blet me be$",
    r"^(?:please )?(?:go away|get lost|buzz off|piss off|fuck off|f off|bugger off)\b",
    r"\bnot (?:at all )?interested\b.{0,60}\b(?:stop|quit|remove|unsubscribe|opt out|leave (?:me|us)|do not|dont"
    r"|go away|take (?:me|us)|lose|no more|never)\b",
    r"\b(?:i will|ill|im going to|am going to|will be|im) (?:block|blocking|report|reporting) (?:you|this|your)\b",
    r"\b(?:this is|its|considered?) (?:spam|harassment)\b",
    # Spanish, French, German.
    r"\bno (?:me|nos) (?:llame|llamen|llames|escriba|escriban|escribas|mande|manden|mandes|envie|envien|envies"
    r"|contacte|contacten|contactes|moleste|molesten|molestes)\b",
    r"\bdeje?n? de (?:llamar|escribir|mandar|enviar|molestar|contactar)",
    r"\b(?:dar(?:me|nos)?|den(?:me|nos)?|deme) de baja\b",
    r"\bno mas (?:mensajes|llamadas|correos|textos)\b",
    r"\bne (?:me|nous) (?:contactez|contacte|ecrivez|ecris|appelez|appelle|derangez|rappelez) (?:plus|pas)\b",
    r"\bne (?:m|nous |me )(?:appelez|appelle|ecrivez|ecris|envoyez) (?:plus|pas)\b",
    r"\b(?:arretez|arrete|cessez) (?:de |d)(?:m|me |nous )?\w",
    r"\bdesabonnez moi\b|\bdesinscrivez moi\b",
    r"\b(?:keine|nie) (?:weiteren |mehr )?(?:nachrichten|anrufe|mails|emails|sms|werbung)\b",
    r"\bnicht mehr (?:\w+ ){0,2}(?:kontaktieren|anrufen|schreiben|anschreiben|melden)\b",
    r"\b(?:kontaktieren|rufen) sie mich nicht\b",
    r"\blass(?:en sie|t)? mich in ruhe\b",
)

#: What looks like one of these and is not: an opt-out within such words does not count.
HARMLESS = (
    # Legal notices at the foot of mails. A word that asks to stop ends the notice.
    r"\b(?:in error|by mistake|intended recipients?|intended addressees?|not addressed to you)\b"
    r"(?: (?!(?:stop|quit|cease|unsubscribe|remove|dont|do|never|no|take|leave)\b)\w+){0,30}? delete (?:this|the|it|all|any)"
    r"(?: \w+){0,2}",
    r"\b(?:cant|cannot|can not|couldnt|could not) stop\b(?: \w+){0,3}",
    r"\bstop (?:by|over|around|round)\b(?: \w+){0,3}",
    r"\bstop in (?:and|to|at|on|for|tomorrow|today|later|sometime|your|the)\b",
    r"\b(?:bus|truck|pit|rest|next|first|last|one|full|whistle) stop\b",
    r"\b(?:text|email|message|write)(?: me)? (?:\w+ ){0,3}(?:dont|do not) call\b",
    r"\b(?:i|we) (?:\w+ ){0,2}(?:gave|given|give|put|entered|typed|wrote|left|called|dialed|texted|have|had|got)"
    r" (?:\w+ ){0,2}(?:the |a |in the |my )?wrong (?:number|num|no|phone|contact|person)\b",
)

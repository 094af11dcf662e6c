"""A month at Brightwell: the mails, chats, calls and meetings of every day, with what a good ear hears in them."""

from crm.models import InteractionStatus
from engine.demo.rows import Loose, call_with, chat_with, mail_from, mail_to, meeting_with, note_on

MONTH = (
    # Halden: ready to sign, and more people come in
    mail_to(
        "victor.lund",
        "halden-seats",
        24,
        "09:05",
        "Numbers from the north depot",
        "Hello Victor, the trial at the north depot in numbers: 46 technicians, 1,180 visits in three weeks, and the"
        " morning schedule ready at ten past six instead of eight. The sheet behind it is attached. Kind regards, Nora",
    ),
    mail_from(
        "victor.lund",
        "halden-seats",
        23,
        "17:22",
        "Re: Numbers from the north depot",
        "Thank you, I read the sheet twice. The planner in the south depot thinks the old wall of magnets is faster; I"
        " will let him sit next to her for a morning.",
    ),
    call_with(
        "paula.chen",
        "halden-seats",
        16,
        "11:00",
        "Call with Paula Chen",
        "Paula confirmed that 84,000 dollars for the seats are approved in next year's budget. She wants the contract on"
        " her desk before the end of the month, because the winter contracts start on the first.",
    ),
    mail_from(
        "ruth.amari",
        "halden-seats",
        5,
        "08:31",
        "Who joins from our side",
        "From now on please copy Martin Oyelaran, our finance director, and Jo Pritchard from legal. Both will join the"
        " contract walk-through and want to understand the notice period before they agree.",
    ),
    mail_from(
        "paula.chen",
        "halden-seats",
        1,
        "14:18",
        "Security questionnaire",
        "Legal has started the contract review and our security team sends you its questionnaire this week. One thing they"
        " asked about already: we need single sign-on for all 140 technicians. Could you set up a call on Thursday so that"
        " we can go through it together?",
    ),
    # Marlow: two vendors, and a hard question about the price
    mail_from(
        "greg.talbot",
        "marlow-seats",
        21,
        "10:47",
        "Before the demo",
        "Five of us will sit in. Two dispatchers have never seen anything but our own spreadsheet, so please start with"
        " an ordinary Monday and not with reports.",
    ),
    mail_to(
        "greg.talbot",
        "marlow-seats",
        14,
        "16:10",
        "After the demo",
        "Hello Greg, thank you for the hour and for the honest questions. The list of yesterday's open jobs that your"
        " dispatchers missed is noted with their names on it. Kind regards, Nora",
    ),
    chat_with(
        "simone.reyes",
        "marlow-seats",
        4,
        "11:52",
        "The trial account works on the tablets, thanks. Do you support single sign-on with Okta? I need a yes or a no for"
        " my column of the scorecard.",
    ),
    mail_from(
        "greg.talbot",
        "marlow-seats",
        3,
        "09:36",
        "Two columns left",
        "Dispatchra showed us their app on Tuesday and we are comparing the two of you line by line. What would 75 seats"
        " cost per year if we sign for three, and is training in it? I am worried about the price of the connection to our"
        " stock system, so please show it separately.",
    ),
    call_with(
        "greg.talbot",
        "marlow-seats",
        1,
        "16:05",
        "Call from Greg Talbot",
        "Greg was frank: two of his dispatchers like Dispatchra's list of open jobs better. He needs a date for ours, in"
        " writing, by Friday; the decision falls at the end of the month.",
    ),
    # Copperline: small and quick
    chat_with(
        "wes.dalton",
        "copperline-seats",
        6,
        "20:14",
        "Showed the video to my two foremen in the yard. One of them asked whether it works with gloves on.",
    ),
    mail_from(
        "wes.dalton",
        "copperline-seats",
        1,
        "18:40",
        "Next week",
        "My foremen are in. Can we do a half hour next week where they click through it themselves? And send me the price"
        " for 30 people, one number with everything in it.",
    ),
    # Solace: from a polite distance to a mail a day
    mail_from(
        "leo.brandt",
        "solace-seats",
        27,
        "15:20",
        "Material for the workshop",
        "Here is the list of our test equipment and how often each piece goes to the laboratory. The torque wrenches are"
        " the awkward ones.",
    ),
    chat_with(
        "leo.brandt",
        "solace-seats",
        5,
        "10:08",
        "Tried the calibration screen with three wrenches. The one that is overdue was not offered. Nice.",
    ),
    mail_from(
        "anika.rao",
        "solace-seats",
        4,
        "12:44",
        "Who will look at it",
        "I have asked Dr. Helene Kraus, who heads quality, and our IT architect to take part from here on. Helene will ask"
        " how long the audit trail is kept. IT will ask whether there is single sign-on; without it they do not let"
        " anything new in.",
    ),
    chat_with(
        "leo.brandt",
        "solace-seats",
        2,
        "09:15",
        "Helene read the two screens last night and has four questions, all about who may change a record afterwards. I"
        " will put them in one mail.",
    ),
    mail_from(
        "anika.rao",
        "solace-seats",
        1,
        "08:02",
        "Timing",
        "The inspectors come on the second Monday of the quarter. If we are not live two weeks before that we wait"
        " another year, so I would like to have the signature behind us by the end of next week. The 62,000 are in my"
        " budget.",
    ),
    # Fernway: somebody else is preferred
    meeting_with(
        "carmen.ibarra",
        "fernway-pilot",
        7,
        "13:30",
        "Site walk at the harbor",
        "With Carmen through the harbor site: 14 people of the outside crew, four nationalities, one shared tablet in the"
        " guard's room. She liked that a link is enough.",
    ),
    mail_from(
        "carmen.ibarra",
        "fernway-pilot",
        2,
        "17:12",
        "A word before you hear it elsewhere",
        "Our consultant recommends Facilio Nord, and the airport site prefers them because the people there know the app"
        " already. I still want to see your outline, but as things stand we will go with the others.",
    ),
    # Northgate: a customer, and not a happy one this week
    mail_from(
        "hugh.pemberton",
        "northgate-grid",
        13,
        "07:40",
        "Crew lists",
        "Attached are the names for the two coastal districts, 14 crews. The third district follows in spring.",
    ),
    mail_to(
        "hugh.pemberton",
        "northgate-grid",
        12,
        "10:25",
        "Re: Crew lists",
        "Hello Hugh, all 14 crews are in, and each lead has the link. The welcome boxes go to the coastal depot as"
        " agreed. Kind regards, Nora",
    ),
    mail_from(
        "hugh.pemberton",
        "northgate-grid",
        2,
        "06:58",
        "Map still gone in the tunnels",
        "This is the third week with tablets that lose the map, and your hotline told my foreman to restart them. I am"
        " really disappointed by how this is handled; the crews have gone back to paper in the tunnels.",
    ),
    mail_from(
        "dennis.frey",
        "northgate-grid",
        6,
        "13:03",
        "Your newsletter",
        "I only run the stores here and have nothing to do with this project. Please take me off your mailing list and do"
        " not write to me again.",
    ),
    # Tamarack: used to write every week
    mail_from(
        "yuki.tanaka",
        "tamarack-crews",
        62,
        "11:10",
        "Crews for next season",
        "We plan eight installation crews for next season, two more than now. I would like all of them in one plan.",
    ),
    mail_from(
        "yuki.tanaka",
        "tamarack-crews",
        55,
        "09:48",
        "Re: Crews for next season",
        "The example with two crews was useful. My foremen asked how a crew that finishes early gets its next roof.",
    ),
    call_with(
        "yuki.tanaka",
        "tamarack-crews",
        48,
        "15:30",
        "Call with Yuki Tanaka",
        "Yuki walked me through a day of a crew: two roofs in the morning, one after lunch, and the permits decide the"
        " order.",
    ),
    mail_to(
        "yuki.tanaka",
        "tamarack-crews",
        20,
        "10:00",
        "Sorry we missed each other",
        "Hello Yuki, I waited in the call until a quarter to ten and take it that the permits got in the way. Name me any"
        " half hour that suits you. Kind regards, Iris",
    ),
    # Oakridge: lost, and worth knowing why
    note_on(
        "oakridge-seats",
        26,
        "09:00",
        "Why Oakridge stayed",
        "Pete stays with his phone list because his people know the streets. Nothing was wrong with the offer or the"
        " price. Look again when the second branch opens.",
    ),
    meeting_with(
        "simone.reyes",
        "marlow-seats",
        5,
        "15:00",
        "Sign-in, with IT",
        "Simone did not join; a server had failed that morning.",
        InteractionStatus.MISSED,
    ),
)

# What came in without an account: found by its people where they lead to one.
UNSORTED = (
    Loose(
        days_ago=9,
        at="08:20",
        sender="dispatch@copperline.example",
        subject="Phone holders",
        text="Wes asks which phone holder fits the old trucks. We have eleven of the 2014 model and four newer ones.",
    ),
    Loose(
        days_ago=4,
        at="19:45",
        sender="m.oyelaran@halden.example",
        subject="Payment in two parts",
        text="I am the finance director at Halden. Payment in two parts is fine with me as long as both fall into the same"
        " fiscal year. Who sends the draft?",
    ),
    Loose(
        days_ago=3,
        at="12:12",
        sender="j.keller@roofers-guild.example",
        subject="Talk at our spring meeting",
        text="We met at the trade fair. Would somebody of yours speak at our spring meeting about planning crews by phone?"
        " It is about sixty roofers and a good lunch.",
    ),
    Loose(
        days_ago=2,
        at="16:01",
        sender="l.moreno@beaumont-advisors.example",
        subject="Offers for two sites",
        text="I collect offers for facility customers and received your outline from one of them. Please use the attached"
        " form next time; it saves me an evening.",
    ),
)

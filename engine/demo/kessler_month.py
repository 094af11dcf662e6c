"""A month at Kessler: the mails, chats, calls and meetings of every day, with what a good ear hears in them."""

from crm.models import InteractionStatus
from engine.demo.rows import Loose, call_with, chat_with, mail_from, mail_to, meeting_with, note_on

MONTH = (
    # Norddeich: the order is near, and the buyer who made it possible goes
    mail_from(
        "malte.brix",
        "norddeich-ballast",
        18,
        "07:05",
        "Drawings, hull 41",
        "Two flanges on sheet 7 sit 40 millimetres too close to the frame. The rest is good. Marked in red.",
    ),
    mail_to(
        "malte.brix",
        "norddeich-ballast",
        16,
        "12:30",
        "Re: Drawings, hull 41",
        "Hello Malte, both flanges are moved by 60 millimetres and sheet 7 is attached in version C. Kind regards, Henrik",
    ),
    mail_from(
        "greta.hansen",
        "norddeich-ballast",
        3,
        "16:48",
        "A change on our side",
        "Personal news first: I am leaving the yard at the end of next month after eleven years. Jonte Petersen takes over"
        " purchasing, and I would like to introduce you before I go. The money for hulls 41 to 44 is released, so please"
        " let us sign while I am still here.",
    ),
    mail_from(
        "malte.brix",
        "norddeich-ballast",
        1,
        "13:10",
        "Dock dates",
        "The double bottom of hull 41 closes on the 18th of next month. We need the first valves in the yard ten days"
        " before that at the latest, or I lose the dock slot. Can we fix the delivery date on Thursday?",
    ),
    # Almgren: a trial that went well, against a second make
    meeting_with(
        "birgit.sand",
        "almgren-line3",
        20,
        "09:00",
        "Trial pump goes in",
        "With Birgit and the night fitter: the trial pump was in by eleven and ran at noon. The old one stays beside it"
        " for comparison.",
    ),
    chat_with(
        "birgit.sand",
        "almgren-line3",
        14,
        "06:55",
        "Night shift says the pump is quieter than the coffee machine. Cleaning took nine minutes again.",
    ),
    mail_from(
        "birgit.sand",
        "almgren-line3",
        4,
        "10:52",
        "Comparison",
        "For your information: Lactovane has put a pump next to yours, and we will compare both until Friday of next week."
        " Theirs is cheaper to buy. I doubt that it is cheaper to clean, but the price is a concern for Oskar.",
    ),
    mail_from(
        "oskar.almgren",
        "almgren-line3",
        2,
        "15:33",
        "Quotation",
        "Please send me a quotation for six pumps with seals and spare parts for five years. And tell me what a visit on a"
        " Sunday costs.",
    ),
    # Rhinefeld: the frame grows slowly, purchasing is careful
    mail_from(
        "nadia.costa",
        "rhinefeld-frame",
        17,
        "11:15",
        "Suppliers' form",
        "Before the meeting please fill in our form for suppliers; page three is only for companies outside the Union.",
    ),
    mail_to(
        "nadia.costa",
        "rhinefeld-frame",
        15,
        "09:20",
        "Re: Suppliers' form",
        "Hello Nadia, the form is attached, with the certificates of both foundries. Kind regards, Clara",
    ),
    call_with(
        "thomas.ehlers",
        "rhinefeld-frame",
        9,
        "08:45",
        "Call with Thomas Ehlers",
        "Thomas counted stock in two of the three plants: 312 valves on shelves, a third of them for pumps that no longer"
        " exist.",
    ),
    mail_from(
        "nadia.costa",
        "rhinefeld-frame",
        1,
        "17:25",
        "Conditions",
        "Our legal department has begun to review your general conditions, and compliance needs the certificates again in"
        " German. I am not convinced that your price for the large types holds against Lactovane and two others we have"
        " asked. Let us talk about it with Thomas in the room.",
    ),
    # Bodmer: wants to go on
    chat_with(
        "josef.bodmer",
        "bodmer-cellar",
        10,
        "05:48",
        "Third fitting leaks since last night. It is the brass one by tank 4 that you laughed about.",
    ),
    call_with(
        "josef.bodmer",
        "bodmer-cellar",
        4,
        "14:20",
        "Call with Josef Bodmer",
        "Josef wants to see how we would stage it over four Sundays. He asked for a meeting in the cellar next week with"
        " Elif and his two shift leads.",
    ),
    mail_from(
        "elif.kaya",
        "bodmer-cellar",
        1,
        "09:05",
        "Four Sundays",
        "Could you come to us next week and go through the four Sundays with the shift leads? Our budget for the cellar is"
        " 35,000 euros this year, and the bank has agreed.",
    ),
    # Castellan: the money is gone
    mail_to(
        "marc.dubois",
        "castellan-steam",
        7,
        "10:40",
        "What 31 steam traps cost",
        "Dear Marc, one trap that blows through costs about 900 kilograms of steam a day at your pressure. For 31 of them"
        " the sheet attached shows the sum by month. Kind regards, Clara",
    ),
    mail_from(
        "marc.dubois",
        "castellan-steam",
        2,
        "18:15",
        "Re: What 31 steam traps cost",
        "The calculation is good and I have shown it to Paris. Unfortunately the group has frozen all investments until"
        " summer, mill 2 included. I cannot order anything before that, however right you are. The price was too high for"
        " them to make an exception.",
    ),
    # Vasko: a customer who is content
    mail_from(
        "petra.vasko",
        "vasko-ring",
        24,
        "11:30",
        "Last question before the order",
        "Is the spindle the same for both diameters? The crews would like to carry one key.",
    ),
    chat_with(
        "petra.vasko",
        "vasko-ring",
        3,
        "12:20",
        "Six valves are in the ground. The crew from the ring road was done an hour early.",
    ),
    # Lindmark: two or three letters a week, and then nothing
    mail_from(
        "samir.haddad",
        "lindmark-intake",
        32,
        "08:10",
        "Status",
        "The bank has the papers for the second tranche. We expect a word next week.",
    ),
    mail_from(
        "samir.haddad",
        "lindmark-intake",
        29,
        "09:25",
        "Questions from the bank",
        "They ask for the pump curves at 28 and at 34 degrees. Could I have both as one file?",
    ),
    mail_from(
        "samir.haddad",
        "lindmark-intake",
        28,
        "14:02",
        "Re: Questions from the bank",
        "Received, thank you. The engineer of the bank is satisfied with the curves.",
    ),
    call_with(
        "samir.haddad",
        "lindmark-intake",
        25,
        "10:15",
        "Call with Samir Haddad",
        "Samir went through the intake drawing with me and moved two of the four pumps closer to the screen.",
    ),
    mail_from(
        "samir.haddad",
        "lindmark-intake",
        22,
        "16:36",
        "Drawing with the new places",
        "This is the drawing with the pumps where we said. The crane rail is now on the north side.",
    ),
    mail_from(
        "samir.haddad",
        "lindmark-intake",
        18,
        "07:58",
        "Sorry for today",
        "I am sorry for calling it off at such short notice; the bank had asked me in. I will suggest another day.",
    ),
    mail_from(
        "samir.haddad",
        "lindmark-intake",
        15,
        "13:41",
        "Weights",
        "For the crane we took 2.4 tons a pump. Is that with the motor?",
    ),
    mail_from(
        "samir.haddad",
        "lindmark-intake",
        14,
        "08:33",
        "Re: Weights",
        "Thank you, then the rail is strong enough.",
    ),
    mail_from(
        "samir.haddad",
        "lindmark-intake",
        12,
        "15:15",
        "Salt",
        "Our laboratory measured 41 grams of salt per litre in the bay this week, two more than in the tender.",
    ),
    mail_from(
        "samir.haddad",
        "lindmark-intake",
        10,
        "10:50",
        "Re: Salt",
        "Good to know that the bronze is made for 45. I have passed it on.",
    ),
    mail_to(
        "samir.haddad",
        "lindmark-intake",
        6,
        "09:30",
        "The second tranche",
        "Hello Samir, is there news from the bank? The foundry keeps your place until the end of the month. Kind regards,"
        " Henrik",
    ),
    # Torrent: lost, and one of them wants his peace
    mail_from(
        "paul.reyes",
        "torrent-tanks",
        8,
        "17:55",
        "No more catalogues",
        "The pumps are bought elsewhere, as my boss told you. Please remove my address from your list and stop sending me"
        " offers.",
    ),
    note_on(
        "torrent-tanks",
        26,
        "10:10",
        "Why Torrent went to the coast",
        "The winner delivers from a store 20 minutes away. Our pump was preferred by the divers, not by the owner. The"
        " tanks 7 to 9 are planned for the year after next.",
    ),
    meeting_with(
        "josef.bodmer",
        "bodmer-cellar",
        3,
        "10:00",
        "Measuring the cellar",
        "Nobody was there to open the cellar; Josef had forgotten the appointment and apologised in the evening.",
        InteractionStatus.MISSED,
    ),
)

# What came in without an account: found by its people where they lead to one.
UNSORTED = (
    Loose(
        days_ago=11,
        at="07:12",
        sender="yard.office@norddeich.example",
        subject="Gate pass",
        text="For the visit on hull 41 we need the licence plate and a copy of the safety card two days ahead.",
    ),
    Loose(
        days_ago=5,
        at="10:44",
        sender="jonte.petersen@norddeich.example",
        subject="Introducing myself",
        text="Greta will have told you: I take over purchasing from her. I read the whole file over the weekend. Could we"
        " meet before the end of the month so that nothing is lost?",
    ),
    Loose(
        days_ago=6,
        at="14:30",
        sender="redaktion@valve-world.example",
        subject="Article about ballast water",
        text="We are writing about ballast water valves and look for a manufacturer who lets us into the test hall. Who"
        " would be the right person at your company?",
    ),
)

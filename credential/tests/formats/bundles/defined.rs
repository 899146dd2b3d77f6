//! Documents of types that the ledger defines, and bundles that bring something else.

use std::sync::Arc;

use sogoc_credential::schema::{DA_KY, HOC_BA_THCS, Schema};

use super::*;

pub fn vectors(v: &mut Vectors, sd_jwt: &dyn Fn(&str) -> String) {
    // A bundle as it is written, and one that brings these texts, whatever they are.
    let bringing = |bundle: String, texts: &[String]| {
        let texts: Vec<String> = texts.iter().map(|text| Base64UrlUnpadded::encode_string(text.as_bytes())).collect();
        let mut value: Value = serde_json::from_str(&bundle).unwrap();
        value["definitions"] = json!(texts);
        value.to_string()
    };
    let texts = |change: &dyn Fn(&str) -> String| documents::defined(change);
    let as_it_is = texts(&str::to_owned);
    let with =
        |v: &Vectors, name: &str, texts: &[String]| bringing(v.bundle(&sd_jwt(name), &format!("{name}@3")), texts);
    let add = |v: &mut Vectors, description: &str, bundle: &str| v.add(description, bundle, "genesis", json!({}));
    let whole = with(v, "defined", &as_it_is);
    add(v, "defined: in force", &whole);
    let thin = with(v, "defined-undefined", &as_it_is);
    add(v, "defined: without what may be missing", &thin);
    let brought = Arc::new(Schema::from_texts(&as_it_is).unwrap());
    let compact = sd_jwt("defined");
    let document = SdJwt::parse_with(&compact, Some(&brought)).unwrap();
    let shown =
        bringing(v.bundle(&present(&document, &["name", "trade", "marks/practice"]).unwrap(), "defined@3"), &as_it_is);
    add(v, "defined: a presentation", &shown);
    let bare = v.bundle(&compact, "defined@3");
    add(v, "defined: the bundle does not bring the type", &bare);
    let of_another = bringing(v.bundle(&sd_jwt("second"), "second@1"), &as_it_is);
    add(v, "defined: the bundle brings another type than the document's", &of_another);
    for (description, from, to) in [
        ("a label is another", "\"Xếp loại\"", "\"Xếp hạng\""),
        ("a space is added", "{\n", "{ \n"),
        ("a claim is no longer sensitive", "\"sensitive\": true, ", ""),
    ] {
        let altered = with(v, "defined", &texts(&|text| text.replacen(from, to, 1)));
        add(v, &format!("defined: {description} than on the ledger"), &altered);
    }
    let other = with(v, "defined", &texts(&|text| text.replacen("\"format\": \"level\"", "\"format\": \"year\"", 1)));
    add(v, "defined: a claim has another form than the type brought allows", &other);
    let other = with(v, "defined", &texts(&|text| text.replacen("\"version\": 1", "\"version\": 2", 1)));
    add(v, "defined: the version brought is another than the document's", &other);
    let otherwise = v.bundle(&sd_jwt("defined-otherwise"), "defined-otherwise@3");
    add(v, "defined: the ledger defines a known type in another way", &otherwise);
    let known = |text: &str| vec![text.to_owned()];
    let brings = bringing(otherwise.clone(), &known(&format!("{} ", HOC_BA_THCS.texts()[0])));
    add(v, "defined: the ledger defines a known type in another way, which the bundle brings", &brings);
    let brings = bringing(otherwise, &known(HOC_BA_THCS.texts()[0]));
    add(v, "defined: the ledger defines a known type in another way, and the bundle brings the usual one", &brings);
    let likewise = v.bundle(&sd_jwt("defined-likewise"), "defined-likewise@3");
    add(v, "defined: the ledger defines a known type just so", &likewise);
    let brings = bringing(likewise, &known(DA_KY.texts()[0]));
    add(v, "defined: the ledger defines a known type just so, and the bundle brings it", &brings);
    let undefined = bringing(v.bundle(&sd_jwt("second"), "second@1"), &known(HOC_BA_THCS.texts()[0]));
    add(v, "defined: the ledger defines nothing, and the bundle brings a type", &undefined);
    malformed(v, &bare, &as_it_is);
}

/// Bundles whose `definitions` are none.
fn malformed(v: &mut Vectors, bare: &str, texts: &[String]) {
    let encoded = |texts: &[String]| {
        let texts: Vec<String> = texts.iter().map(|text| Base64UrlUnpadded::encode_string(text.as_bytes())).collect();
        json!(texts)
    };
    let mut refuse = |description: &str, definitions: Value| {
        let mut value: Value = serde_json::from_str(bare).unwrap();
        value["definitions"] = definitions;
        v.add(&format!("definitions: {description}"), &value.to_string(), "genesis", json!({}));
    };
    let [of_type, codes] = texts else { panic!("two texts") };
    let changed = |from: &str, to: &str| encoded(&[of_type.replacen(from, to, 1), codes.clone()]);
    refuse("null", Value::Null);
    refuse("a number", json!([1]));
    refuse("none", json!([]));
    refuse("nine", encoded(&vec![codes.clone(); 9]));
    refuse("not base64url", json!(["+"]));
    refuse("empty", encoded(&[String::new()]));
    refuse("not JSON", encoded(&["x".into()]));
    refuse("without the code list", encoded(&[of_type.clone()]));
    refuse("the code list first", encoded(&[codes.clone(), of_type.clone()]));
    refuse("the code list twice", encoded(&[of_type.clone(), codes.clone(), codes.clone()]));
    refuse("of another code list", encoded(&[of_type.clone(), codes.replacen("lam-vuon", "lam-ruong", 1)]));
    refuse("longer than 16 KiB", encoded(&[format!("{of_type}{}", " ".repeat(16_384)), codes.clone()]));
    refuse("of format 2", changed("\"sogoc-schema\": 1", "\"sogoc-schema\": 2"));
    refuse("of format 2 and with further members", encoded(&["{\"sogoc-schema\":2,\"x\":1}".into()]));
    refuse(
        "a code list of format 2",
        encoded(&[of_type.clone(), codes.replacen("\"sogoc-codes\": 1", "\"sogoc-codes\": 2", 1)]),
    );
    refuse("of format -1", changed("\"sogoc-schema\": 1", "\"sogoc-schema\": -1"));
    refuse("a member twice", changed("\"version\": 1,", "\"version\": 1, \"version\": 1,"));
    refuse("a further member", changed("\"version\": 1,", "\"version\": 1, \"x\": 1,"));
    refuse("version 0", changed("\"version\": 1", "\"version\": 0"));
    refuse("version 65536", changed("\"version\": 1", "\"version\": 65536"));
    refuse("an id that is none", changed("\"giay-chung-nhan-nghe\"", "\"Giấy\""));
    refuse("a label of 201 bytes", changed("Giấy chứng nhận nghề phổ thông", &"x".repeat(201)));
    refuse("a label that is not NFC", changed("Người được cấp", "Ngu\u{31b}o\u{31b}\u{300}i"));
    refuse("a label with a space before it", changed("\"Nghề\"", "\" Nghề\""));
    refuse("an unknown form", changed("\"format\": \"date\"", "\"format\": \"day\""));
    refuse("a form of no text", changed("\"format\": \"date\"", "\"format\": \"file_digest\""));
    refuse("two shapes", changed("\"format\": \"date\"", "\"format\": \"date\", \"file-digest\": true"));
    refuse("no shape", changed(", \"format\": \"date\"", ""));
    refuse("optional is false", changed("\"optional\": true", "\"optional\": false"));
    refuse("a name twice", changed("\"name\": \"sex\"", "\"name\": \"birth_date\""));
    refuse("a name of two groups", changed("\"name\": \"sex\"", "\"name\": \"school\""));
    refuse("a name of a group", changed("\"name\": \"sex\"", "\"name\": \"award\""));
    refuse("a name of the envelope", changed("\"name\": \"sex\"", "\"name\": \"iss\""));
    refuse("a name with a capital", changed("\"name\": \"sex\"", "\"name\": \"Sex\""));
    refuse("a name that begins with a digit", changed("\"name\": \"sex\"", "\"name\": \"1sex\""));
    refuse("a group in a group", changed("\"object\":", "\"group\":"));
    refuse("an object without members", {
        let (start, end) =
            (of_type.find("\"object\": [").unwrap() + 11, of_type.find("]},\n      {\"name\": \"grade\"").unwrap());
        changed(&of_type[start..end], "")
    });
    refuse("a digest in capitals", {
        let at = of_type.find("\"digest\": \"").unwrap() + 11;
        let digest = &of_type[at..at + 64];
        changed(digest, &digest.to_uppercase())
    });
    refuse("a code list by another name", changed("\"list\": \"nghe-pho-thong\"", "\"list\": \"nghe\""));
    refuse("a table that is a text", {
        let start = of_type.find("\"table\": {").unwrap() + 9;
        changed(&of_type[start..of_type.trim_end().len() - 2], "\"x\"")
    });
    refuse("a table of whatever members", changed("\"learner\"", "\"x\""));
}

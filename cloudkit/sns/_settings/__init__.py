"""What a topic and a subscription can be set to: plain values here, texts on the wire."""

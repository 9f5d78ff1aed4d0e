namespace Monorepo.Core;

/// <summary>An annotated tag's body, read in place. Old tags lack a tagger; that is no error.</summary>
public sealed class Tag
{
    private Tag(ReadOnlyMemory<byte> body, ObjectId target, ObjectKind targetKind, ReadOnlyMemory<byte> name, Identity? tagger, int messageOffset)
    {
        Body = body;
        Target = target;
        TargetKind = targetKind;
        Name = name;
        Tagger = tagger;
        Message = body[messageOffset..];
    }

    /// <summary>The exact bytes that the tag's id is computed from.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    public ObjectId Target { get; }

    public ObjectKind TargetKind { get; }

    public ReadOnlyMemory<byte> Name { get; }

    public Identity? Tagger { get; }

    /// <summary>All after the first empty line, a signature included.</summary>
    public ReadOnlyMemory<byte> Message { get; }

    /// <param name="body">Kept by the tag; must not change while it is used.</param>
    /// <exception cref="MalformedObjectException">The object, type and tag headers do not stand first, in this order.</exception>
    public static Tag Parse(ReadOnlyMemory<byte> body)
    {
        ReadOnlySpan<byte> span = body.Span;
        HeaderReader headers = new(span);
        Header target = Expect(ref headers, span, "object"u8);
        if (!ObjectId.TryParse(span[target.Value], out ObjectId id))
        {
            throw new MalformedObjectException(ObjectKind.Tag, MalformedReason.BadId, target.Value.Start.Value, "this is not an object id of 40 hex digits");
        }

        Header type = Expect(ref headers, span, "type"u8);
        if (!ObjectKindNames.TryParse(span[type.Value], out ObjectKind kind))
        {
            throw new MalformedObjectException(ObjectKind.Tag, MalformedReason.BadKind, type.Value.Start.Value, "the type is none of git's four kinds");
        }

        Header name = Expect(ref headers, span, "tag"u8);
        Identity? tagger = null;
        while (headers.MoveNext())
        {
            if (tagger is null && span[headers.Current.Key].SequenceEqual("tagger"u8))
            {
                tagger = Identity.Parse(body[headers.Current.Value]);
            }
        }

        return new Tag(body, id, kind, body[name.Value], tagger, headers.MessageOffset);
    }

    private static Header Expect(ref HeaderReader headers, ReadOnlySpan<byte> body, ReadOnlySpan<byte> key)
    {
        int at = headers.OffsetBytes;
        return headers.MoveNext() && body[headers.Current.Key].SequenceEqual(key)
            ? headers.Current
            : throw new MalformedObjectException(ObjectKind.Tag, MalformedReason.MissingHeader, at, $"the {System.Text.Encoding.ASCII.GetString(key)} header is missing");
    }
}

namespace Monorepo.Core;

/// <summary>
/// A commit's body, read in place: the bytes stay as they are and every property points into them.
/// Accepts what git accepts: <c>tree</c> first, then <c>parent</c>s; author, committer and all other headers
/// (encoding, gpgsig, mergetag, unknown ones) in any order, a missing message, any encoding.
/// </summary>
public sealed class Commit
{
    private readonly ReadOnlyMemory<byte> _author;
    private readonly ReadOnlyMemory<byte> _committer;

    private Commit(ReadOnlyMemory<byte> body, ObjectId tree, ObjectId[] parents, ReadOnlyMemory<byte> author, ReadOnlyMemory<byte> committer, ReadOnlyMemory<byte> encoding, int messageOffset)
    {
        Body = body;
        Tree = tree;
        Parents = parents;
        _author = author;
        _committer = committer;
        Encoding = encoding;
        Message = body[messageOffset..];
    }

    /// <summary>The exact bytes that the commit's id is computed from.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    public ObjectId Tree { get; }

    /// <summary>In the commit's order; empty for a root. A parent may stand twice.</summary>
    public IReadOnlyList<ObjectId> Parents { get; }

    public Identity Author => Identity.Parse(_author);

    public Identity Committer => Identity.Parse(_committer);

    /// <summary>The raw author line's value, as written.</summary>
    public ReadOnlyMemory<byte> AuthorLine => _author;

    /// <summary>The raw committer line's value, as written.</summary>
    public ReadOnlyMemory<byte> CommitterLine => _committer;

    /// <summary>The <c>encoding</c> header's value; empty means UTF-8.</summary>
    public ReadOnlyMemory<byte> Encoding { get; }

    /// <summary>All after the first empty line, as written.</summary>
    public ReadOnlyMemory<byte> Message { get; }

    /// <param name="body">Kept by the commit; must not change while it is used.</param>
    /// <exception cref="MalformedObjectException">No tree header first, or an id that is none.</exception>
    public static Commit Parse(ReadOnlyMemory<byte> body)
    {
        ReadOnlySpan<byte> span = body.Span;
        HeaderReader headers = new(span);
        if (!headers.MoveNext() || !span[headers.Current.Key].SequenceEqual("tree"u8))
        {
            throw new MalformedObjectException(ObjectKind.Commit, MalformedReason.MissingHeader, 0, "it does not start with a tree header");
        }

        ObjectId tree = ReadId(span, headers.Current);
        List<ObjectId> parents = [];
        ReadOnlyMemory<byte> author = default;
        ReadOnlyMemory<byte> committer = default;
        ReadOnlyMemory<byte> encoding = default;
        bool inParents = true;
        while (headers.MoveNext())
        {
            Header header = headers.Current;
            ReadOnlySpan<byte> key = span[header.Key];

            // Git takes parents only directly after the tree; a later "parent" line is an unknown header to it.
            if (inParents && key.SequenceEqual("parent"u8))
            {
                parents.Add(ReadId(span, header));
                continue;
            }

            inParents = false;
            if (author.IsEmpty && key.SequenceEqual("author"u8))
            {
                author = body[header.Value];
            }
            else if (committer.IsEmpty && key.SequenceEqual("committer"u8))
            {
                committer = body[header.Value];
            }
            else if (encoding.IsEmpty && key.SequenceEqual("encoding"u8))
            {
                encoding = body[header.Value];
            }
        }

        return new Commit(body, tree, [.. parents], author, committer, encoding, headers.MessageOffset);
    }

    /// <summary>Every header in order, keys and values as written, continuation lines included.</summary>
    public IReadOnlyList<(ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> Value)> ReadHeaders()
    {
        List<(ReadOnlyMemory<byte>, ReadOnlyMemory<byte>)> all = [];
        HeaderReader headers = new(Body.Span);
        while (headers.MoveNext())
        {
            all.Add((Body[headers.Current.Key], Body[headers.Current.Value]));
        }

        return all;
    }

    private static ObjectId ReadId(ReadOnlySpan<byte> body, Header header) =>
        ObjectId.TryParse(body[header.Value], out ObjectId id)
            ? id
            : throw new MalformedObjectException(ObjectKind.Commit, MalformedReason.BadId, header.Value.Start.Value, "this is not an object id of 40 hex digits");
}

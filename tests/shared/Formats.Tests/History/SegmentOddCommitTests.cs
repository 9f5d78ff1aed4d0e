using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Monorepo.Core;
using Monorepo.Formats.History;

namespace Monorepo.Formats.Tests.History;

/// <summary>Commits as nobody should write them and git takes them all the same.</summary>
public sealed class SegmentOddCommitTests
{
    private const string Tree = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n";
    private const string Parent = "parent 1111111111111111111111111111111111111111\n";
    private const string Unknown = "parent 2222222222222222222222222222222222222222\n";
    private const string Author = "author A <a@x> 1 +0000\n";
    private const string Committer = "committer C <c@x> 2 -0130\n";

    private static readonly ObjectId s_known = ObjectId.Parse("1111111111111111111111111111111111111111");

    // What a commit's parts may be; latin-1 text stands for raw bytes.
    private static readonly string[] s_trees = [Tree, Tree.ToUpperInvariant().Replace("TREE", "tree", StringComparison.Ordinal), "tree 5555555555555555555555555555555555555555\n"];

    private static readonly string[] s_parents =
    [
        "", "", Parent, Parent, Parent + Parent, Unknown, Parent + Unknown, "parent 1111111111111111111111111111111111111111\n continued\n",
        string.Concat(Enumerable.Repeat(Parent, 100)), "parent ABCDEFABCDEFABCDEFABCDEFABCDEFABCDEFABCD\n",
    ];

    private static readonly string[] s_identities =
    [
        "A <a@x> 1 +0000", "A <a@x> 1700000000 +0200", "A <a@x> 1700000001 +0200", "B <b@x> -5 -0730", "A <a@x> 1 -0000", "A <a@x> 1 +051800", "A <a@x> 1 +1", "A <a@x> 1 ",
        "A <a@x> 1", "A <a@x>", "A <a@x> ", "", "<> 1 +0000", "> < 1 +0000", "A <a@x 1 +0000", "A a@x> 1 +0000", "A <a> b> 1 +0000", "A <a@x> 1 > +0000", "A <a@x>  1 +0000",
        "A <a@x> 9223372036854775807 +0000", "A <a@x> -9223372036854775808 +0000", "A <a@x> 9223372036854775808 +0000", "A <a@x> 99999999999999999999999 +0000", "A <a@x> 007 +0000", "A <a@x> -0 +0000",
        "A <a@x> +1 +0000", "A <a@x> 1 +0000 more", "A <a@x> 1 +00000000000000000000", "\u00C4\u00FF <\u0000@x> 1 +0000", "A <a@x> 1 +0000\n continued",
        "A <a@x> 1 +0000\r", "committer <a> 1 +0000", " A  <a@x> 1 +0000",
    ];

    private static readonly string[] s_headers =
    [
        "", "", "", "encoding ISO-8859-1\n", "gpgsig -----BEGIN\n \n abc\n -----END\n", "mergetag object 1\n type commit\n \n text\n", " leading\n", "odd\n", "author Z <z@x> 3 +0000\n", "\u0000\n",
        "parent 3333333333333333333333333333333333333333\n", "encoding x", "x y\n\n", "encoding a\nencoding b\n", "\u0001\n",
    ];

    private static readonly string[] s_messages =
    [
        "", "\n", "\nsubject\n", "\nno line feed", "\n\u0001", "\n\u0000\u00FF\u00FE", "\n\n\nthree", "\nThis reverts commit 0123456789abcdef0123456789abcdef01234567.\n",
        "\n0123456789abcdef0123456789abcdef012345670123456789abcdef0123456789abcdef01234567", "\n\u00010123456789abcdef0123456789abcdef01234567", "\n0123456789ABCDEF0123456789abcdef01234567",
        "\n0123456789abcdef0123456789abcdef0123456701234567890123456789abcdef0123456", "\n0123456789abcdef0123456789abcdef0123456", "message without an empty line",
    ];

    private static readonly Gen<string> s_commit =
        from tree in Gen.Elements(s_trees)
        from parents in Gen.Elements(s_parents)
        from author in Gen.Elements(s_identities)
        from committer in Gen.Elements(s_identities)
        from headers in Gen.Elements(s_headers)
        from message in Gen.Elements(s_messages)
        from same in Gen.Choose(0, 3)
        from cut in Gen.Frequency((8, Gen.Constant(int.MaxValue)), (1, Gen.Choose(46, 200)))
        select Cut($"{tree}{parents}author {author}\ncommitter {(same == 0 ? author : committer)}\n{headers}{message}", cut);

    [Fact]
    public void Any_commit_that_is_read_comes_back() =>
        Prop.ForAll(Gen.NonEmptyListOf(s_commit).ToArbitrary(), commits => Survive([.. commits.Select(Bytes).Where(IsCommit)]))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(250));

    [Fact]
    public void Any_bytes_after_the_tree_come_back() =>
        Prop.ForAll(ArbMap.Default.ArbFor<byte[][]>(), tails => Survive([.. tails.Select(t => (byte[])[.. Bytes(Tree), .. t ?? []]).Where(IsCommit)]))
            .QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(Author + Committer + "\nm", false)]
    [InlineData(Parent + Author + Committer + "\nm", false)]
    [InlineData(Parent + Parent + Author + Committer + "encoding x\n\nm", false)]
    [InlineData(Author + Committer, false)]
    [InlineData(Author + Committer + "encoding x", false)]
    [InlineData("author A <a@x> 1 -0000\n" + Committer + "\nm", false)]
    [InlineData(Unknown + Author + Committer + "\nm", true)]
    [InlineData(Author + "\nm", true)]
    [InlineData(Committer + Author + "\nm", true)]
    [InlineData(Author + Committer + " continued\n\nm", true)]
    [InlineData("author A <a@x> 01 +0000\n" + Committer + "\nm", true)]
    [InlineData("", true)]
    public void Only_what_columns_cannot_hold_is_kept_raw(string rest, bool isRaw)
    {
        byte[] body = Bytes(Tree + rest);
        Assert.True(Survive([body]));
        using SegmentReader reader = SegmentReader.Open(Segments.Encode(1, [body], new CommitPositions([s_known])));
        Assert.Equal(isRaw, reader.IsRaw(0));
    }

    [Fact]
    public void What_is_no_commit_is_refused() =>
        Assert.Throws<MalformedObjectException>(() => Segments.Encode(0, [Bytes("parent x\n")], new CommitPositions([])));

    private static bool Survive(byte[][] bodies)
    {
        if (bodies.Length == 0)
        {
            return true;
        }

        // Commits that are named as parents stand before the segment; in it, each may have the one before as a parent too.
        CommitPositions positions = new([s_known]);
        List<byte[]> chained = [];
        foreach (byte[] body in bodies)
        {
            byte[] next = chained.Count % 3 == 1 ? WithParent(body, ObjectHasher.Hash(ObjectKind.Commit, chained[^1])) : body;
            positions.Add(ObjectHasher.Hash(ObjectKind.Commit, next), chained.Count + 1);
            chained.Add(next);
        }

        byte[] segment = Segments.Encode(1, chained, positions);
        List<SeenCommit> seen = Segments.Verify(segment, positions);
        Assert.Equal(chained.Select(Convert.ToHexString), seen.Select(s => Convert.ToHexString(s.Body)));
        using SegmentReader reader = SegmentReader.Open(segment);
        TextBuffer buffer = new();
        for (int i = 0; i < chained.Count; i++)
        {
            SegmentAssert.Tells(Commit.Parse(chained[i]), reader, i, buffer);
            ArrayBufferWriter<byte> body = new();
            reader.Rebuild(i, positions, body);
            Assert.True(body.WrittenSpan.SequenceEqual(chained[i]));
        }

        return true;
    }

    private static byte[] WithParent(byte[] body, ObjectId parent) => [.. body[..46], .. Bytes($"parent {parent}\n"), .. body[46..]];

    private static string Cut(string text, int length) => text[..Math.Min(text.Length, length)];

    private static byte[] Bytes(string text) => Encoding.Latin1.GetBytes(text);

    private static bool IsCommit(byte[] body)
    {
        try
        {
            _ = Commit.Parse(body);
            return true;
        }
        catch (MalformedObjectException)
        {
            return false;
        }
    }
}

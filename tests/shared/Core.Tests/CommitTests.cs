using System.Text;

namespace Monorepo.Core.Tests;

public sealed class CommitTests
{
    private const string Tree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
    private const string One = "ce013625030ba8dba906f756967f9e9ca394464a";
    private const string Two = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";
    private const string Who = "A U Thor <author@example.com> 1112911993 -0730";

    private static Commit Parse(string text) => Commit.Parse(Encoding.Latin1.GetBytes(text));

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.Latin1.GetString(bytes.Span);

    [Fact]
    public void A_merge_is_read_whole()
    {
        Commit commit = Parse($"tree {Tree}\nparent {One}\nparent {Two}\nauthor {Who}\ncommitter C <c@x> 5 +0100\n\nsubject\n\nbody\n");
        Assert.Equal(Tree, commit.Tree.ToString());
        Assert.Equal([One, Two], commit.Parents.Select(p => p.ToString()));
        Assert.Equal("A U Thor", Text(commit.Author.Name));
        Assert.Equal("author@example.com", Text(commit.Author.Email));
        Assert.Equal((1112911993, -450), (commit.Author.UnixSeconds, commit.Author.ZoneMinutes));
        Assert.Equal(new DateTimeOffset(2005, 4, 7, 14, 43, 13, TimeSpan.FromMinutes(-450)), commit.Author.Time);
        Assert.Equal((5, 60), (commit.Committer.UnixSeconds, commit.Committer.ZoneMinutes));
        Assert.Equal("subject\n\nbody\n", Text(commit.Message));
    }

    [Fact]
    public void Continuation_lines_belong_to_their_header()
    {
        string signature = "-----BEGIN PGP SIGNATURE-----\n \n abc\n -----END PGP SIGNATURE-----";
        Commit commit = Parse($"tree {Tree}\nauthor {Who}\ncommitter {Who}\nencoding ISO-8859-1\ngpgsig {signature}\nmergetag object {One}\n type commit\n tag v1\n\nGr\u00fc\u00dfe");
        IReadOnlyList<(ReadOnlyMemory<byte> Key, ReadOnlyMemory<byte> Value)> headers = commit.ReadHeaders();
        Assert.Equal(["tree", "author", "committer", "encoding", "gpgsig", "mergetag"], headers.Select(h => Text(h.Key)));
        Assert.Equal(signature, Text(headers[4].Value));
        Assert.Equal($"object {One}\n type commit\n tag v1", Text(headers[5].Value));
        Assert.Equal("ISO-8859-1", Text(commit.Encoding));
        Assert.Equal("Gr\u00fc\u00dfe", Text(commit.Message));
    }

    [Theory]
    [InlineData($"tree {Tree}\ncommitter {Who}\nauthor {Who}\n\nswapped")]
    [InlineData($"tree {Tree}\nx-odd 1\nauthor {Who}\nx-odd 2\ncommitter {Who}\n\nswapped")]
    public void Headers_stand_in_any_order(string text)
    {
        Commit commit = Parse(text);
        Assert.Equal(Who, Text(commit.AuthorLine));
        Assert.Equal(Who, Text(commit.CommitterLine));
        Assert.Equal("swapped", Text(commit.Message));
    }

    [Theory]
    [InlineData($"tree {Tree}\nauthor {Who}\ncommitter {Who}\n\n", "")]
    [InlineData($"tree {Tree}\nauthor {Who}\ncommitter {Who}\n", "")]
    [InlineData($"tree {Tree}\nauthor {Who}\ncommitter {Who}", "")]
    [InlineData($"tree {Tree}\nauthor {Who}\ncommitter {Who}\n\n\n\nx", "\n\nx")]
    public void The_message_may_be_missing_or_odd(string text, string message)
    {
        Commit commit = Parse(text);
        Assert.Equal(message, Text(commit.Message));
        Assert.Equal(Who, Text(commit.CommitterLine));
        Assert.Equal(text, Text(commit.Body));
    }

    [Fact]
    public void A_parent_line_after_other_headers_is_no_parent()
    {
        Assert.Empty(Parse($"tree {Tree}\nauthor {Who}\nparent {One}\ncommitter {Who}\n\n").Parents);
    }

    [Theory]
    [InlineData("", MalformedReason.MissingHeader, 0)]
    [InlineData($"author {Who}\n", MalformedReason.MissingHeader, 0)]
    [InlineData("tree 4b825d\n\n", MalformedReason.BadId, 5)]
    [InlineData($"tree {Tree}\nparent nonsense\n\n", MalformedReason.BadId, 53)]
    public void A_malformed_commit_says_where(string text, MalformedReason reason, int offset)
    {
        MalformedObjectException e = Assert.Throws<MalformedObjectException>(() => Parse(text));
        Assert.Equal((ObjectKind.Commit, reason, offset), (e.Kind, e.Reason, e.OffsetBytes));
    }

    [Theory]
    [InlineData("<> 0 +0000", "", "", 0, 0)]
    [InlineData("no mail at all", "no mail at all", "", 0, 0)]
    [InlineData("A <a@b> nonsense", "A", "a@b", 0, 0)]
    [InlineData("A <a@b>", "A", "a@b", 0, 0)]
    [InlineData("A <a@b> 7 -0000", "A", "a@b", 7, 0)]
    [InlineData("A <a@b> 7 +51800", "A", "a@b", 7, 0)]
    [InlineData("A <<a>@b> 7 +1245", "A", "<a>@b", 7, 765)]
    [InlineData("A <a@b> -100 +0000", "A", "a@b", -100, 0)]
    [InlineData("A <a@b> 99999999999999 +0000", "A", "a@b", 99999999999999, 0)]
    public void Odd_identities_are_read_without_error(string line, string name, string email, long seconds, int zone)
    {
        Identity identity = Identity.Parse(Encoding.UTF8.GetBytes(line));
        Assert.Equal((name, email, seconds, zone), (Text(identity.Name), Text(identity.Email), identity.UnixSeconds, identity.ZoneMinutes));
        _ = identity.Time;
    }

    [Fact]
    public void A_tag_is_read_with_and_without_tagger()
    {
        string text = $"object {One}\ntype commit\ntag v1.0\ntagger {Who}\n\nmessage\n-----BEGIN PGP SIGNATURE-----\n";
        Tag tag = Tag.Parse(Encoding.UTF8.GetBytes(text));
        Assert.Equal((One, ObjectKind.Commit, "v1.0", 1112911993L), (tag.Target.ToString(), tag.TargetKind, Text(tag.Name), tag.Tagger?.UnixSeconds));
        Assert.EndsWith("SIGNATURE-----\n", Text(tag.Message), StringComparison.Ordinal);
        Assert.Null(Tag.Parse(Encoding.UTF8.GetBytes($"object {One}\ntype blob\ntag x\n\n")).Tagger);
    }

    [Theory]
    [InlineData("", MalformedReason.MissingHeader)]
    [InlineData($"object {One}\n", MalformedReason.MissingHeader)]
    [InlineData("object x\ntype commit\ntag v\n", MalformedReason.BadId)]
    [InlineData($"object {One}\ntype gift\ntag v\n", MalformedReason.BadKind)]
    [InlineData($"type commit\nobject {One}\ntag v\n", MalformedReason.MissingHeader)]
    public void A_malformed_tag_says_what(string text, MalformedReason reason)
    {
        Assert.Equal(reason, Assert.Throws<MalformedObjectException>(() => Tag.Parse(Encoding.UTF8.GetBytes(text))).Reason);
    }
}

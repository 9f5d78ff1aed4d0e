using System.Text;
using Monorepo.Core;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.History;

namespace Monorepo.Workspace.Tests.History;

/// <summary>The reader's texts are those that parsing the whole commit finds.</summary>
public sealed class CommitReaderTests(ClonedRepository shared) : IClassFixture<ClonedRepository>
{
    private static readonly string[] s_odd =
    [
        "author a <a> 1 +0000\ncommitter b <b> 2 +0100\n\nsubject\n\nbody\n",
        "author a <a> 1 +0000\ncommitter b <b> 2 +0100\n",
        "author a <a> 1 +0000\ncommitter b <b> 2 +0100\n\n",
        "author a <a> 1 +0000\ncommitter b <b> 2 +0100",
        "author a <a> 1 +0000\n more\n again\nauthor c <c> 3 +0000\ncommitter b <b> 2 +0100\n\nx",
        "committer b <b> 2 +0100\nauthor a <a> 1 +0000\n\nx",
        "encoding ISO-8859-1\ngpgsig -----BEGIN\n \n author x\n -----END\n\nauthor no <no> 1 +0000\n",
        "author \nauthor b <b> 2 +0000\n\nx",
        "author\ncommitter \nencoding \n\nx",
        "",
        "\nmessage only",
    ];

    [Fact]
    public void Every_commit_reads_as_parsed()
    {
        CommitLog log = shared.Clone.History;
        CommitReader reader = log.OpenReader();
        for (int position = log.Count - 1; position >= 0; position--)
        {
            reader.MoveTo(position);
            AssertSame(log.Read(position), reader);
            Assert.Equal(position, reader.Position);
        }
    }

    [Fact]
    public async Task Odd_heads_read_as_parsed()
    {
        FakeRemote remote = new();
        remote.Commits.AddRange(s_odd.Select(odd => Encoding.Latin1.GetBytes($"tree {ObjectId.Null}\n{odd}")));
        using TempDirectory directory = new();
        using Clone clone = await Clone.CreateAsync(remote, directory.File("clone"), null, TestContext.Current.CancellationToken);
        CommitReader reader = clone.History.OpenReader();
        for (int position = 0; position < s_odd.Length; position++)
        {
            reader.MoveTo(position);
            AssertSame(clone.History.Read(position), reader);
        }
    }

    private static void AssertSame(Commit expected, CommitReader reader)
    {
        Assert.Equal(expected.Body.Span, reader.Body);
        Assert.Equal(expected.AuthorLine.Span, reader.AuthorLine);
        Assert.Equal(expected.CommitterLine.Span, reader.CommitterLine);
        Assert.Equal(expected.Encoding.Span, reader.Encoding);
        Assert.Equal(expected.Message.Span, reader.Message);
    }
}

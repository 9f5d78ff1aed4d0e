using Monorepo.Core;
using Monorepo.Formats.History;

namespace Monorepo.Formats.Tests.History;

internal static class SegmentAssert
{
    /// <summary>Asserts that the columns at an index tell what reading the commit's body tells.</summary>
    public static void Tells(Commit commit, SegmentReader reader, int index, TextBuffer buffer)
    {
        Assert.Equal(commit.Tree, reader.GetTree(index));
        Assert.Equal(commit.Committer.UnixSeconds, reader.GetCommitSeconds(index));
        Assert.Equal(commit.Parents.Count, reader.GetParents(index).Length);
        Same(commit.Author, reader.GetAuthor(index));
        Same(commit.Committer, reader.GetCommitter(index));
        Assert.True(commit.Message.Span.SequenceEqual(reader.GetMessage(index, buffer)));
        Assert.True(commit.Encoding.Span.SequenceEqual(reader.GetEncoding(index).Span));
        if (!reader.IsRaw(index))
        {
            Assert.True(commit.AuthorLine.Span.StartsWith(reader.GetIdentity(reader.GetAuthorNumber(index))));
            Assert.True(commit.CommitterLine.Span.StartsWith(reader.GetIdentity(reader.GetCommitterNumber(index))));
        }
        else
        {
            Assert.Equal(-1, reader.GetAuthorNumber(index));
            Assert.Equal(-1, reader.GetCommitterNumber(index));
        }
    }

    private static void Same(Identity expected, Identity actual)
    {
        Assert.True(expected.Name.Span.SequenceEqual(actual.Name.Span));
        Assert.True(expected.Email.Span.SequenceEqual(actual.Email.Span));
        Assert.Equal((expected.UnixSeconds, expected.ZoneMinutes), (actual.UnixSeconds, actual.ZoneMinutes));
    }
}

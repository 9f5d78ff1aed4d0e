using System.Text;
using Monorepo.Core;

namespace Monorepo.History.Push.Rebasing;

/// <summary>
/// A commit on another parent and tree: author, committer with both times, message and all other headers stay byte for byte, so the same commit on
/// the same parent always gets the same id. Only signatures go (<c>gpgsig</c>, <c>gpgsig-sha256</c>): they sign what is no more.
/// </summary>
internal static class CommitRewrite
{
    public static NewBody Move(Commit commit, ObjectId tree, ObjectId parent)
    {
        byte[] kept = Keep(commit.Body.Span, out bool hadSignature);
        byte[] head = Encoding.ASCII.GetBytes($"tree {tree}\nparent {parent}\n");
        byte[] body = [.. head, .. kept];
        return new NewBody(ObjectHasher.Hash(ObjectKind.Commit, body), body, hadSignature);
    }

    /// <summary>The same for a commit and what became of it when it was moved.</summary>
    public static ObjectId Fingerprint(Commit commit) => ObjectHasher.Hash(ObjectKind.Commit, Keep(commit.Body.Span, out _));

    /// <summary>The commit's bytes without tree, parents and signatures.</summary>
    private static byte[] Keep(ReadOnlySpan<byte> body, out bool hadSignature)
    {
        hadSignature = false;
        using MemoryStream kept = new(body.Length);
        bool isInStart = true;
        bool isSkipped = false;
        for (int at = 0; at < body.Length;)
        {
            int length = body[at..].IndexOf((byte)'\n') + 1;
            ReadOnlySpan<byte> line = length == 0 ? body[at..] : body.Slice(at, length);
            if (line.SequenceEqual("\n"u8))
            {
                kept.Write(body[at..]);
                break;
            }

            at += line.Length;
            if (isInStart && (line.StartsWith("tree "u8) || line.StartsWith("parent "u8)))
            {
                continue;
            }

            isInStart = false;

            // Lines that start with a space go on with the header before them.
            if (line[0] != ' ')
            {
                isSkipped = line.StartsWith("gpgsig "u8) || line.StartsWith("gpgsig-sha256 "u8);
                hadSignature |= isSkipped;
            }

            if (!isSkipped)
            {
                kept.Write(line);
            }
        }

        return kept.ToArray();
    }
}

/// <summary>A commit that was made.</summary>
internal readonly record struct NewBody(ObjectId Id, byte[] Bytes, bool LostSignature);

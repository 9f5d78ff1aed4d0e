namespace Monorepo.Workspace.Blame;

/// <summary>
/// How much of a file is in another, by git's estimate: both are cut into lines of at most 64 bytes, and the bytes of those that both
/// have are counted. Immutable.
/// </summary>
internal sealed class Similarity
{
    /// <summary>The score of equal contents.</summary>
    public const int ScoreMax = 60_000;

    private const int PieceBytesMax = 64;
    private const int HashModulus = 107_927;
    private const int BinaryProbeBytes = 8_000;

    private readonly Dictionary<uint, long> _pieces = [];
    private readonly long _bytes;

    public Similarity(ReadOnlySpan<byte> content)
    {
        _bytes = content.Length;
        bool isText = !content[..Math.Min(content.Length, BinaryProbeBytes)].Contains((byte)0);
        uint low = 0;
        uint high = 0;
        int length = 0;

        // A last piece without a line feed is not counted; the git versions we are compared with leave it out too.
        for (int i = 0; i < content.Length; i++)
        {
            byte c = content[i];
            if (isText && c == '\r' && i + 1 < content.Length && content[i + 1] == '\n')
            {
                continue;
            }

            uint before = low;
            low = unchecked(((low << 7) ^ (high >> 25)) + c);
            high = (high << 7) ^ (before >> 25);
            if (++length < PieceBytesMax && c != '\n')
            {
                continue;
            }

            uint hash = unchecked(low + (high * 0x61)) % HashModulus;
            _pieces[hash] = _pieces.GetValueOrDefault(hash) + length;
            (low, high, length) = (0, 0, 0);
        }
    }

    /// <summary>The score of taking this file for an older version of another; 0 where their sizes rule out the least score of interest.</summary>
    public int ScoreFor(Similarity target, int scoreMin)
    {
        long larger = Math.Max(_bytes, target._bytes);
        long smaller = Math.Min(_bytes, target._bytes);
        if (larger * (ScoreMax - scoreMin) < (larger - smaller) * ScoreMax || target._bytes == 0)
        {
            return 0;
        }

        long shared = 0;
        foreach ((uint hash, long bytes) in _pieces)
        {
            shared += Math.Min(bytes, target._pieces.GetValueOrDefault(hash));
        }

        return (int)(shared * ScoreMax / larger);
    }
}

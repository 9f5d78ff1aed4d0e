using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Monorepo.Memcached.Ketama;

namespace Monorepo.Memcached.Tests.Ketama;

public sealed class KetamaRingTests
{
    /// <summary>The digits are libmemcached 1.1.4's answers, printed by golden.py: the node of "object/0" … "object/159", then of SHA-256("0") … SHA-256("159").</summary>
    [Theory]
    [InlineData(
        "10.0.0.1:11211:1 10.0.0.2:11211:1 10.0.0.3:11211:1",
        "2110110100200212200111000121112220012222210021200111112212020211022000000002100100110110120221021221200222021212101022201022201120020212212012111222001212101000",
        "1200220001210022021001011211000200102102110102022121210010100122211202102122000201100102211010000000121001111222120001201001202021112121202112112000012211100112")]
    [InlineData(
        "127.0.0.1:11211:1 127.0.0.1:11212:1 127.0.0.1:11213:1 127.0.0.1:11214:1",
        "2300031330120301102011301002032313031330321211223301013222230123111100232310303122333100310303010112310200313203200113332103322312232003021113021002231312131132",
        "0131013100222230111102123322031111202010221331202221021203301220110132133030121313201212133321002201211001221013022202331103213101031233311103300221112132202303")]
    [InlineData(
        "cache-a.example:11211:1 cache-b.example:11311:2 cache-c.example:11211:5",
        "2222022012102122221210122121222212201221221211222121221222202222222210221222222122122122202121221221120122221122222022220211222112202222202212202222221202221222",
        "2122222121122210222220120202122011220012212222212012222221112220202120211101221221201222222222112012222120121202221222210112222222211222122222101122222221222122")]
    [InlineData(
        "10.1.0.0:11000:1 10.1.0.1:11001:2 10.1.0.2:11002:3 10.1.0.3:11003:1 10.1.0.4:11004:2 10.1.0.5:11005:3 10.1.0.6:11006:1 10.1.0.7:11007:2 10.1.0.8:11008:3",
        "5718522502721626828783384125658852262815815488852554718862834227640822512086621882075481271828578026673484525324354547712624125470165803882734142505832527822551",
        "5327887544225120124812577883578816822375236202842235524175088454437250383728615755781227182526468587144822322587642255747458753254721257852888248851456862182427")]
    public void Keys_lie_where_libmemcached_puts_them(string nodes, string ofTextKeys, string ofBinaryKeys)
    {
        var ring = new KetamaRing(Parse(nodes));
        Assert.Equal(ofTextKeys, Digits(ring, TextKeys));
        Assert.Equal(ofBinaryKeys, Digits(ring, BinaryKeys));
    }

    /// <summary>Random rings beside libmemcached itself (Debian's libmemcached11, which libmemcached-tools brings): many nodes, names, IPv4 and IPv6, ports, weights.</summary>
    [Fact]
    public async Task Random_rings_place_keys_as_libmemcached_does()
    {
        const int seed = 20_250_714;
        // libmemcached itself stops at about a hundred servers.
        var random = new Random(seed);
        MemcachedEndpoint[][] rings = [.. Enumerable.Range(0, 60).Select(i => RandomRing(random, nodes: i < 40 ? 1 + random.Next(12) : 20 + random.Next(80)))];
        using Process python = Process.Start(new ProcessStartInfo("python3", [Path.Combine(AppContext.BaseDirectory, "Ketama", "golden.py")])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        Task<string> answers = python.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        foreach (MemcachedEndpoint[] ring in rings)
            await python.StandardInput.WriteLineAsync(string.Join(' ', ring.Select(n => $"{n.Host}|{n.Port}|{n.Weight}")));
        python.StandardInput.Close();
        string[] lines = (await answers).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(rings.Length, lines.Length);
        for (int i = 0; i < rings.Length; i++)
        {
            var ring = new KetamaRing(rings[i]);
            int[] ours = [.. TextKeys.Concat(BinaryKeys).Select(k => ring.NodeOf(k))];
            Assert.True(ours.SequenceEqual(lines[i].Split(' ').Select(int.Parse)), $"seed {seed}, ring {i}: {string.Join(' ', rings[i])}");
        }
    }

    [Fact]
    public void One_node_holds_everything()
    {
        var ring = new KetamaRing([new MemcachedEndpoint("only")]);
        Assert.Equal(160, ring.PointCount);
        Assert.All(Enumerable.Range(0, 1000), i => Assert.Equal(0, ring.NodeOf(BitConverter.GetBytes(i))));
    }

    [Fact]
    public void Losing_a_node_moves_only_its_own_keys()
    {
        MemcachedEndpoint[] four = Parse("a:11211:1 b:11211:1 c:11211:1 d:11211:1");
        var before = new KetamaRing(four);
        var after = new KetamaRing(four[..3]);
        for (int i = 0; i < 5000; i++)
        {
            byte[] key = BitConverter.GetBytes(i);
            int node = before.NodeOf(key);
            if (node != 3)
                Assert.Equal(node, after.NodeOf(key));
        }
    }

    [Fact]
    public void Shares_follow_the_weights()
    {
        var ring = new KetamaRing(Parse("a:11211:1 b:11211:3"));
        int heavy = Enumerable.Range(0, 20_000).Count(i => ring.NodeOf(BitConverter.GetBytes(i)) == 1);
        Assert.InRange(heavy, 13_000, 17_000);
    }

    [Fact]
    public void An_empty_ring_is_refused() => Assert.Throws<ArgumentException>(() => new KetamaRing([]));

    private static MemcachedEndpoint[] Parse(string nodes) => [.. nodes.Split(' ').Select(text =>
    {
        Assert.True(MemcachedEndpoint.TryParse(text, out MemcachedEndpoint node));
        return node;
    })];

    private static IEnumerable<byte[]> TextKeys => Enumerable.Range(0, 160).Select(i => Encoding.ASCII.GetBytes($"object/{i}"));

    private static IEnumerable<byte[]> BinaryKeys => Enumerable.Range(0, 160).Select(i => SHA256.HashData(Encoding.ASCII.GetBytes($"{i}")));

    private static string Digits(KetamaRing ring, IEnumerable<byte[]> keys) => string.Concat(keys.Select(k => ring.NodeOf(k)));

    private static MemcachedEndpoint[] RandomRing(Random random, int nodes)
    {
        bool isWeighted = random.Next(2) == 0;
        return [.. Enumerable.Range(0, nodes).Select(i => new MemcachedEndpoint(
            random.Next(3) switch
            {
                0 => $"10.{random.Next(256)}.{i / 256}.{i % 256}",
                1 => $"2001:db8::{i + 1:x}",
                _ => $"cache-{i}.site{random.Next(9)}.example",
            },
            random.Next(2) == 0 ? MemcachedEndpoint.DefaultPort : 1 + random.Next(65_535),
            isWeighted ? 1 + random.Next(16) : 1))];
    }
}

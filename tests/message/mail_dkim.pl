# One line for each signature in each file: the file, the algorithm, the result. The first argument is a zone file.
use strict;
use warnings;
use Mail::DKIM::Verifier;
use Net::DNS;
use Net::DNS::ZoneFile;

package Zone;

sub new {
    my ( $class, $file ) = @_;
    return bless { records => [ Net::DNS::ZoneFile->new($file)->read ] }, $class;
}

sub send {
    my ( $self, $name, $type ) = @_;
    my $packet = Net::DNS::Packet->new( $name, $type );
    $packet->push( answer => grep { lc $_->owner eq lc $name } @{ $self->{records} } );
    return $packet;
}

sub errorstring { return 'NOERROR' }

package main;

Mail::DKIM::DNS::resolver( Zone->new( shift @ARGV ) );
local $/ = undef;
for my $file (@ARGV) {
    open my $letter, '<:raw', $file or die "$file: $!";
    my $verifier = Mail::DKIM::Verifier->new;
    $verifier->PRINT(<$letter>);
    $verifier->CLOSE;
    print "$file ", $_->algorithm, ' ', $_->result, "\n" for $verifier->signatures;
}
